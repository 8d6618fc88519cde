"""What the archive holds, for those who may see it: records, proofs, content.

Search and statistics come here too. Nothing in this package changes anything.
"""
