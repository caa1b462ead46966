// On every page. A page is whole without it; what is here only makes it quicker to use.
import "./facets";

document.documentElement.classList.add("js");
