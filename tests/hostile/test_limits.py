"""What is very long does not make every page so."""

import re
from dataclasses import replace

from tests.hostile.place import a_place, faulty

LONG = "档" * 400_000


def test_a_very_long_title_is_written_out_only_where_it_is_put_right(tmp_path):
    with a_place(tmp_path / "home") as place:
        one = faulty("secrecy_not_in_list", 1)
        body = re.sub("<题名>[^<]*</题名>", f"<题名>{LONG}</题名>", one.body.decode(), count=1)
        at = f"/submissions/{place.send(replace(one, body=body.encode()))}"
        assert LONG in place.get("clerk", at).get_data(as_text=True)
        pages = [f"{at}/report", f"{at}/hand-in", f"{at}/return", f"{at}/files", f"{at}/history"]
        for path in (*pages, f"{at}/xml", "/desk", "/desk/causes"):
            answer = place.get("clerk", path)
            assert answer.status_code == 200
            assert len(answer.data) < 200_000, path
