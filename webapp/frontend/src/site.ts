// On every page. A page is whole without it; what is here only makes it quicker to use.
document.documentElement.classList.add("js");
import "./suggest";
