"""Who looks at a page, as far as the frame around it needs to know: perhaps nobody.

For showing only. What a view may do it asks of filing.web.session.
"""

from flask import current_app, has_request_context, request
from werkzeug.local import LocalProxy

from filing.errors import FilingError
from filing.model.people import Person
from filing.web import session


def visitor() -> Person | None:
    """The person signed in; None for nobody, or where that cannot be told now."""
    if not has_request_context() or not _knows_people():
        return None
    try:
        found = session.current_session()
    except FilingError:
        return None  # the page that says so must still be shown
    return None if found is None else found.person


def comes_over_tls() -> bool:
    """Whether cookies and addresses may count on TLS."""
    return session.is_secure() if _knows_people() else request.is_secure


def _form_token() -> str:
    return session.form_token() if _knows_people() else ""


def _knows_people() -> bool:
    return "filing-people" in current_app.extensions


#: The token of the forms of the page at hand; asked for when a template writes it, because
#: for somebody signed out it brings a cookie with it.
FORM_TOKEN: str = LocalProxy(_form_token)  # type: ignore[assignment]  # stands for a string
