"""What makes a record's acceptance provable: digests, signatures, log, receipt.

Pure functions on bytes. No file is opened, no clock read, no key kept here:
callers bring bytes, times and keys.

    hashing       digests, SM3 among them          canonical     RFC 8785 JSON
    merkle tiles  the log's tree and its storage    checkpoint    its signed head
    suites sm2    closed table of signatures        certificates  X.509, SM2 too
    statement     what the archive seals            signatures    who sealed it
    proof         statement to checkpoint           receipt       the signed answer
    members       strict reading of our JSON        der           what SM2 needs of DER
"""
