"""Write the generated documents: ``python -m filing.api.documents``.

Run it from the checkout's root; a test compares the files with what this writes.
"""

from pathlib import Path

from filing.api.blueprint import routes
from filing.api.pages import markdown, openapi_text


def documents() -> dict[str, str]:
    """File below the root -> its whole text."""
    return {"schemas/openapi.json": openapi_text(routes()), "docs/api.md": markdown(routes())}


def main() -> None:
    """Write every document below the current folder."""
    for name, text in documents().items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
