"""Notices: what happened to a submission reaches its agency.

    reading      the notices of an agency, newest first; what a person has read
    texts        the words of a notice and the values that go into them
    subscribing  who is to be told besides: web addresses and mailboxes
    carrying     one subscription served: events in order, once at least
    webhook      the message of a webhook and its signature
    mail         the message of a mail

Opens no connection; the senders are adapters.
"""
