"""What the kinds about copies, repairs and drills say; each is an entry of the log as well."""

from collections.abc import Mapping

from filing.model.meaning import Meaning

_LOCATION = {"location": "its name", "medium": "`local` or `s3`", "version": "of its address"}
_REPAIR = {
    "repair": "its id",
    "location": "where",
    "record": "which",
    "source": "the location whose copy was proven good; empty for none",
    "files": "files found wanting",
    "before": "SHA-256 over what was found",
}
_REQUEST = {
    "request": "its id",
    "act": "`purge-quarantine`, `retire-location` or `accept-damage`",
    "subject": "repair, location or finding",
}

COPIES: Mapping[str, Meaning] = {
    "location-added": Meaning("新增存储位置", "a storage location was added", _LOCATION),
    "location-changed": Meaning(
        "存储位置地址变更", "a location is reached another way from now on", _LOCATION
    ),
    "location-retired": Meaning("存储位置停用", "a location counts no longer", _LOCATION),
    "repair-begun": Meaning("修复开始", "a repair began; what was found is kept", _REPAIR),
    "record-repaired": Meaning(
        "档案副本已由完好副本修复并重新验证",
        "restored from a copy proven good, and read again",
        {**_REPAIR, "after": "SHA-256 over what stands now"},
    ),
    "repair-undone": Meaning(
        "修复未能完成，已撤销", "a repair was given up before anything was replaced", _REPAIR
    ),
    "repair-impossible": Meaning(
        "没有可证明完好的副本，无法修复",
        "nowhere a copy that could be proven good; nothing was touched",
        _REPAIR,
    ),
    "index-repaired": Meaning(
        "数据库记录已由存储与日志副本修复",
        "rows of the database were put right from store and log",
        {
            "repair": "its id",
            "record": "which; empty for the log itself",
            "rows": "rows changed",
            "before": "SHA-256 over what was found",
            "after": "SHA-256 over what stands now",
        },
    ),
    "request-asked": Meaning("申请须双人复核的操作", "an act for two was asked for", _REQUEST),
    "request-approved": Meaning("双人复核同意", "the second person agreed", _REQUEST),
    "request-refused": Meaning("双人复核不同意", "the second person did not agree", _REQUEST),
    "quarantine-purged": Meaning(
        "隔离的损坏文件已清除",
        "the damaged bytes of a repair were removed",
        {"repair": "which", "location": "where", "record": "which"},
    ),
    "drill-finished": Meaning(
        "重建演练结束",
        "a rebuilding was compared with what stands",
        {
            "drill": "its id",
            "answer": "`intact`, `damaged` or `could-not-tell`",
            "log_size": "entries rebuilt",
            "records": "of them",
            "differences": "how many things differed",
        },
    ),
}
