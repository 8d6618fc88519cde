"""Filing (在线归档): agencies file electronic records with the archive, online.

The flow, and the module that owns each step:

    receive   filing.ingest.receive    stage the delivery, digest it
    examine   filing.ingest.examine    read the package, run every check
    decide    filing.ingest.decide     report -> accepted or rejected
    accept    filing.ingest.accept     seal, store, log, receipt (on a batch)

Two rules carry the whole: what is promised in the log is already on disk, and
what is about to be done is recorded before it is done.
"""
