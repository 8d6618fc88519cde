"""People: signing in, one's own account, and who grants what to whom.

A step at the door is counted before it is looked at; a refusal says the same
whatever was wrong; whoever was refused too often waits, and longer each time.

Does not know cookies, argon2 or SQL: filing.web.session, filing.adapters.
"""
