"""A small nation in the published form: one province, one city, two counties, three townships, four villages."""

from pathlib import Path

FILES = {
    "provinces": 'code,name\n14,"山西省"\n',
    "cities": 'code,name,provinceCode\n1408,"运城市",14\n',
    "areas": 'code,name,cityCode,provinceCode\n140825,"新绛县",1408,14\n140826,"绛县",1408,14\n',
    "streets": (
        "code,name,areaCode,provinceCode,cityCode\n"
        '140825100,"龙兴镇",140825,14,1408\n'
        '140826100,"古绛镇",140826,14,1408\n'
        '140826402,"山西绛县经济开发区",140826,14,1408\n'
    ),
    "villages": (
        "code,name,streetCode,provinceCode,cityCode,areaCode\n"
        '140825100001,"朝殿社区居委会",140825100,14,1408,140825\n'
        '140826100005,"龙王庙社区居委会",140826100,14,1408,140826\n'
        '140826100200,"东关村委会",140826100,14,1408,140826\n'
        '140826402498,"山西绛县经济开发区虚拟社区",140826402,14,1408,140826\n'
    ),
}


def write_lists(directory: Path, **changed: str) -> Path:
    """Write the five files, some of them changed, and return the directory."""
    for name, text in {**FILES, **changed}.items():
        (directory / f"{name}.csv").write_text(text, encoding="utf-8")
    return directory
