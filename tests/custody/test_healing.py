"""Many damaged objects of every kind at once, all healed, with evidence of each."""

from benchmarks.healing import heal


def test_fifty_damaged_objects_are_healed_each_verified_each_with_its_evidence(tmp_path):
    """A thousand: ``python -m benchmarks.healing 1000``."""
    told = heal(50, tmp_path)
    assert (told["found"], told["healed"]) == (50, 50)
