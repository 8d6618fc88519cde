"""A large package is read in little memory."""

import subprocess
import sys
import textwrap

_SCRIPT = textwrap.dedent(
    """
    import base64, hashlib, os, resource, sys
    from pathlib import Path
    from filing.adapters.packages.delivery import read_package
    from filing.model.digest import Digest
    from filing.model.limits import Limits
    from filing.model.package import Content
    from tests.adapters.packages.build import a_document, a_zip, an_eep, an_encoding

    class Counting:
        def open(self, member):
            self.size, self.hash, self.member = 0, hashlib.sha256(), member
            return self
        def write(self, data):
            self.size += len(data)
            self.hash.update(data)
        def close(self):
            return Content(self.member, self.size, (Digest("sha256", self.hash.digest()),), b"")

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def read(path):
        body = Content("p", path.stat().st_size, (Digest("sha256", bytes(32)),), path)
        return read_package(body, "application/xml", Limits(), Counting())

    path = Path(sys.argv[1])
    head, tail = an_eep(a_document(1, an_encoding("a", b"", text="@"))).encode().split(b"@")
    line = base64.b64encode(bytes(range(57))) + b"\\r\\n"
    block = line * 13_000  # 1 MB
    def write(blocks):
        with path.open("wb") as stream:
            stream.write(head)
            for _ in range(blocks):
                stream.write(block)
            stream.write(tail)
    write(2)
    read(path)
    before = peak()
    write(int(sys.argv[2]))
    package = read(path)
    assert package.findings == () and package.schema_errors == ()
    (component,) = package.components
    assert component.content.size_bytes == 57 * 13_000 * int(sys.argv[2])
    print(peak() - before)
    """
)


def test_a_package_of_over_a_hundred_megabytes_needs_a_few(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path / "large.xml"), "120"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 24 * 1024  # KiB
