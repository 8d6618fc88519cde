"""How much a reader takes in before it refuses: sizes, counts, depths.

Every refusal by one of these is a finding (ZX-4-2 for archives, ZX-4-7 for
XML), never an exception. The defaults fit a record of official documents with
scanned attachments on a machine with 1 GiB for the whole process.
"""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds; each is the largest value still accepted.

    max_members          files in one package
    max_member_bytes     bytes of one file, unpacked or decoded
    max_total_bytes      bytes of all files of a package together
    max_ratio            unpacked to packed size of one member
    ratio_from_bytes     members smaller than this (unpacked) are not judged by ratio
    max_directory_bytes  bytes of a ZIP's central directory
    max_metadata_bytes   bytes of an XML document without its Base64 content
    max_depth            nested elements
    max_elements         elements of one document; its comments and CDATA sections likewise
    max_siblings         elements directly in one element
    max_attribute_bytes  bytes of all attributes of one element together
    max_name_bytes       bytes of one element name
    max_schema_errors    complaints of the XSD validator that are passed on
    max_findings         findings a reader reports for one package
    """

    max_members: int = 2_000
    max_member_bytes: int = 4 * GIB
    max_total_bytes: int = 8 * GIB
    max_ratio: int = 200
    ratio_from_bytes: int = 1 * MIB
    max_directory_bytes: int = 4 * MIB
    max_metadata_bytes: int = 16 * MIB
    max_depth: int = 64
    max_elements: int = 200_000
    max_siblings: int = 4_000
    max_attribute_bytes: int = 4 * KIB
    max_name_bytes: int = 256
    max_schema_errors: int = 100
    max_findings: int = 200

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
