"""Templates: one environment, everything escaped, an unknown name an error."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the environment of the site's templates."""
    return Environment(
        loader=PackageLoader("cityrights_web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def render(template: str, **context: object) -> str:
    """Render ``templates/<template>``."""
    return environment().get_template(template).render(**context)


def warm() -> None:
    """Compile every template, so that no reader waits for it."""
    for name in environment().list_templates():
        environment().get_template(name)
