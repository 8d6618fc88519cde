"""Sample agencies and packages: lawful ones, and one broken way for every check.

Everything is made by code from a seed: the same seed gives the same bytes, without a
network. Run ``python -m examples FOLDER`` from the root of the checkout to write all.

ofd, pdf      content files
documents     what an official document (公文) says: metadata, process, files
signing       sample keys and certificates, the four signature suites
eep, record   the two XML forms and their ZIP and multipart deliveries
good          lawful samples in any number
bad           one fault each, named by the check code it must trigger

Nothing here is a real agency, person or document, and no key here protects anything.
"""
