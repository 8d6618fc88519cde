"""Pages for people: the desk, notices, accounts, administration, custody.

Each area is one module or package with ``create_blueprint``; filing.app.pages joins
them. pages.py holds what all share, session.py who is at the page. Templates stand in
templates/web, the English of each area in translations/en.
"""
