"""What is wrong with a document that is not well-formed, as "中文 / English".

Of libxml2's errors the type decides what is said; from its words only names are taken. A
type that is not listed gets a sentence that says no more than is known. The library's
words stay, as the English. The splitter's own complaints stand below.

Does not decide what an error means for a package, nor where it stood; see safe_xml.py
and xml_part.py.
"""

import re
from collections.abc import Mapping

from lxml import etree

_KINDS = etree.ErrorTypes
_LONGEST_NAME = 60
_LONGEST_WORDS = 160
# Added by lxml; the place of a finding says it, and counts the lines of the received file.
_WHERE = re.compile(r", line \d+, column \d+$")
_ENTITY = "Entity '(.*)' not defined"
_UNLISTED = "XML 写法有误，原因见英文说明"

WRONG_BYTES = "有不合所用字符编码的字节 / bytes that are not of its encoding"

#: Type -> the Chinese, and what the library's words must hold for it: its names are the groups.
#: A type may be said in several ways; the first that fits is taken.
_SENTENCES: Mapping[int, tuple[tuple[str, str], ...]] = {
    _KINDS.ERR_DOCUMENT_EMPTY: (
        ("文档是空的", "Document is empty"),
        ("文档不是以 XML 标签开头", ""),
    ),
    _KINDS.ERR_DOCUMENT_END: (("根元素结束后还有多余内容", ""),),
    _KINDS.ERR_EXTRA_CONTENT: (("根元素结束后还有多余内容", ""),),
    _KINDS.ERR_INVALID_HEX_CHARREF: (("字符引用（&#x…;）写法有误", ""),),
    _KINDS.ERR_INVALID_DEC_CHARREF: (("字符引用（&#…;）写法有误", ""),),
    _KINDS.ERR_INVALID_CHARREF: (("字符引用写法有误", ""),),
    _KINDS.ERR_INVALID_CHAR: (
        ("字符引用超出字符范围", "reference out of bounds"),
        ("字符引用不是 XML 允许的字符（{0}）", r"CharRef: invalid xmlChar value (\d+)"),
        ("有 XML 不允许的字符 {0}", r"(?:value |Char )(0x[0-9A-Fa-f]+|\d+)"),
        ("有 XML 不允许的字符", ""),
    ),
    _KINDS.ERR_ENTITYREF_NO_NAME: (("“&”之后没有实体名；“&”本身要写成“&amp;”", ""),),
    _KINDS.ERR_ENTITYREF_SEMICOL_MISSING: (("“&”开头的引用缺少分号；“&”本身要写成“&amp;”", ""),),
    _KINDS.ERR_UNDECLARED_ENTITY: (
        ("使用了未定义的实体“{0}”", _ENTITY),
        ("使用了未定义的实体", ""),
    ),
    _KINDS.WAR_UNDECLARED_ENTITY: (
        ("使用了未定义的实体“{0}”", _ENTITY),
        ("使用了未定义的实体", ""),
    ),
    _KINDS.ERR_UNSUPPORTED_ENCODING: (
        ("声明的字符编码“{0}”不支持", "Unsupported encoding:? (.*)"),
        ("声明的字符编码不支持", ""),
    ),
    _KINDS.ERR_UNKNOWN_ENCODING: (("字符编码无法识别", ""),),
    _KINDS.ERR_ENCODING_NAME: (("XML 声明中的编码名称写法有误", ""),),
    _KINDS.ERR_INVALID_ENCODING: (("有不合所用字符编码的字节", ""),),
    _KINDS.ERR_STRING_NOT_STARTED: (("XML 声明中的值缺少引号", ""),),
    _KINDS.ERR_STRING_NOT_CLOSED: (("XML 声明中的引号没有成对", ""),),
    _KINDS.ERR_LT_IN_ATTRIBUTE: (("属性值中有“<”，要写成“&lt;”", ""),),
    _KINDS.ERR_ATTRIBUTE_NOT_STARTED: (("属性值没有加引号", ""),),
    _KINDS.ERR_ATTRIBUTE_NOT_FINISHED: (("属性值缺少结束引号", ""),),
    _KINDS.ERR_ATTRIBUTE_WITHOUT_VALUE: (
        ("属性“{0}”没有值", "value for attribute (.*)"),
        ("属性没有值", ""),
    ),
    _KINDS.ERR_ATTRIBUTE_REDEFINED: (
        ("属性“{0}”在同一元素中重复", "Attribute (.*) redefined"),
        ("属性在同一元素中重复", ""),
    ),
    _KINDS.ERR_COMMENT_NOT_FINISHED: (("注释没有结束（缺少“-->”）", ""),),
    _KINDS.ERR_HYPHEN_IN_COMMENT: (("注释中有“--”", ""),),
    _KINDS.ERR_PI_NOT_STARTED: (("处理指令（<?…?>）没有名称", ""),),
    _KINDS.ERR_PI_NOT_FINISHED: (("处理指令没有结束（缺少“?>”）", ""),),
    _KINDS.ERR_CDATA_NOT_FINISHED: (("CDATA 段没有结束（缺少“]]>”）", ""),),
    _KINDS.ERR_MISPLACED_CDATA_END: (("正文中有“]]>”，要写成“]]&gt;”", ""),),
    _KINDS.ERR_RESERVED_XML_NAME: (("XML 声明只能在文档开头，且不能残缺", ""),),
    _KINDS.ERR_XMLDECL_NOT_FINISHED: (("XML 声明没有结束（缺少“?>”）", ""),),
    _KINDS.ERR_VERSION_MISSING: (("XML 声明缺少版本，或版本写法有误", ""),),
    _KINDS.ERR_STANDALONE_VALUE: (("XML 声明的 standalone 只能是 yes 或 no", ""),),
    _KINDS.ERR_SPACE_REQUIRED: (("标签或声明中缺少空格，或属性写法有误", ""),),
    _KINDS.ERR_NAME_REQUIRED: (
        ("有单独的“&”，要写成“&amp;”", "EntityRef: no name"),
        ("元素名写法有误；正文中的“<”要写成“&lt;”", "invalid element name"),
        ("属性名写法有误", "attribute name"),
        ("缺少名称", ""),
    ),
    _KINDS.ERR_EQUAL_REQUIRED: (("属性名之后缺少“=”", ""),),
    _KINDS.ERR_GT_REQUIRED: (
        ("元素“{0}”的开始标签没有写完", r"end of Start Tag (.*?)(?: line \d+)?$"),
        ("标签没有写完（缺少“>”）", ""),
    ),
    _KINDS.ERR_LTSLASH_REQUIRED: (("缺少结束标签", ""),),
    _KINDS.ERR_TAG_NAME_MISMATCH: (
        (
            "第 {1} 行的开始标签“{0}”没有结束，却遇到结束标签“{2}”",
            r"mismatch: (.*) line (\d+) and (.*)",
        ),
        ("开始标签与结束标签不对应", ""),
    ),
    _KINDS.ERR_TAG_NOT_FINISHED: (
        ("元素“{0}”（第 {1} 行）没有结束标签，内容中断", r"in tag (.*) line (\d+)"),
        ("元素没有结束标签，内容中断", ""),
    ),
    _KINDS.ERR_NAME_TOO_LONG: (("名称过长", ""),),
    _KINDS.ERR_RESOURCE_LIMIT: (("超出解析器的限度（嵌套过深或内容过长）", ""),),
    _KINDS.ERR_INT_SUBSET_NOT_FINISHED: (("文档类型声明（DTD）没有写完", ""),),
    _KINDS.ERR_DOCTYPE_NOT_FINISHED: (("文档类型声明（DTD）没有写完", ""),),
    _KINDS.NS_ERR_XML_NAMESPACE: (
        ("命名空间前缀“{0}”的值是空的", "xmlns:(.*): Empty"),
        ("命名空间声明有误", ""),
    ),
    _KINDS.NS_ERR_UNDEFINED_NAMESPACE: (
        (
            "元素“{2}”的属性“{1}”用了没有声明的命名空间前缀“{0}”",
            "prefix (.*) for (.*) on (.*) is",
        ),
        ("元素“{1}”用了没有声明的命名空间前缀“{0}”", "prefix (.*) on (.*) is"),
        ("用了没有声明的命名空间前缀", ""),
    ),
    _KINDS.NS_ERR_QNAME: (
        ("名称“{0}”中的冒号用法有误", "QName '(.*)'"),
        ("名称中的冒号用法有误", ""),
    ),
    _KINDS.NS_ERR_COLON: (("名称中的冒号用法有误", ""),),
    _KINDS.NS_ERR_ATTRIBUTE_REDEFINED: (
        ("属性“{0}”在同一元素中重复", "Attribute (.*) in "),
        ("属性在同一元素中重复", ""),
    ),
    _KINDS.WAR_NS_URI: (("命名空间“{0}”不是有效的 URI", "'(.*)' is not"), ("命名空间无效", "")),
    _KINDS.WAR_NS_URI_RELATIVE: (("命名空间不是完整的 URI", ""),),
}


def both(error: Exception, line: int = 0) -> str:
    """An error of the parser in both languages.

    line   to be named, where the finding cannot have it as its place; else 0
    """
    words = _WHERE.sub("", str(getattr(error, "msg", None) or error))
    words = " ".join(words.split()) or "no reason given"
    chinese = _chinese(getattr(error, "code", None) or 0, words)
    if line:
        return f"第 {line} 行：{chinese} / line {line}: {_cut(words, _LONGEST_WORDS)}"
    return f"{chinese} / {_cut(words, _LONGEST_WORDS)}"


def entity(error: Exception) -> str:
    """The name of the entity an error is about, as it is written; "" when it is not said."""
    found = re.search(_ENTITY, str(getattr(error, "msg", "")))
    return f"&{_cut(found[1], _LONGEST_NAME)};" if found else ""


def no_markup(start: str) -> str:
    """The document begins with something else."""
    shown = _excerpt(start)
    return f"文档不是以 XML 标签开头，而是“{shown}” / it begins with “{shown}”, not with a tag"


def unclosed(name: str, line: int) -> str:
    """The document ends inside an element."""
    name = _cut(name, _LONGEST_NAME)
    return (
        f"第 {line} 行的元素“{name}”没有结束标签，内容中断"
        f" / element {name} of line {line} has no end tag"
    )


def mismatched(name: str, line: int, end: str) -> str:
    """An end tag that is not the one due."""
    name, end = _cut(name, _LONGEST_NAME), _cut(end, _LONGEST_NAME)
    return (
        f"第 {line} 行的元素“{name}”没有结束，却遇到结束标签“{end}”"
        f" / end tag {end} comes where element {name} of line {line} is still open"
    )


def unopened(end: str) -> str:
    """An end tag with no element open."""
    end = _cut(end, _LONGEST_NAME)
    return f"结束标签“{end}”没有对应的开始标签 / end tag {end} has no start tag"


def torn(start: str) -> str:
    """A tag that is none."""
    shown = _excerpt(start)
    return (
        f"标签写法有误或没有写完：“{shown}”；正文中的“<”要写成“&lt;”"
        f" / this is not a whole tag: “{shown}”"
    )


def unended(end: str, start: str) -> str:
    """A comment, processing instruction or CDATA section that does not end.

    end   the mark that is missing
    """
    shown = _excerpt(start)
    return f"“{shown}”没有结束，缺少“{end}” / “{shown}” does not end: {end} is missing"


def _chinese(kind: int, words: str) -> str:
    for sentence, names in _SENTENCES.get(kind, ()):
        if found := re.search(names, words):
            named = found.groups() if "{" in sentence else ()
            if kind == _KINDS.ERR_INVALID_CHAR:
                named = tuple(f"U+{int(one, 0):04X}" for one in named)
            return sentence.format(*(_cut(one, _LONGEST_NAME) for one in named))
    return _UNLISTED


def _excerpt(text: str) -> str:
    # " / " parts the languages.
    return " ".join(text.split()).replace(" / ", "/")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
