"""Plausible names of people and of businesses."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Int64 = npt.NDArray[np.int64]

# Surnames with their per-mille share. The five first hold 30.8 % of the country (Ministry of Public Security, name
# report 2020) and Wang leads in Shanxi (report 2019); the order below them is an assumption with a Shanxi colour.
_SURNAMES = (
    "王75 张68 李72 刘50 陈30 杨29 赵31 郭24 高18 武9 任12 贾11 韩12 薛10 梁10 白8 侯8 郝9 卫7 吉5 "
    "柴6 马13 孙14 周12 吴13 徐10 胡10 朱9 何8 林7 宋9 郑8 谢6 冯8 于6 董9 程7 曹8 袁5 许6 "
    "吕7 苏5 蒋4 蔡4 丁5 魏7 叶3 阎6 杜7 田7 姜4 范6 石6 姚6 邓4 崔7 康5 史6 段7 牛6 "
    "乔6 贺5 尚3 关4 景4 裴5 原3 解3 晋2 续2 郇2 荆2 相2 安4 毛3 秦5 江3 孟4 龙2 万2 "
    "常4 温3 雷3 申3 尹3 黎2 易2 孔3 翟3 邢3 文2 樊4 岳3 席2 祁2 翼1 欧阳1 "
)
# Given-name characters by sex and by birth before or after 1985; the common ones first. Which are common in which years
# follows the name reports of 2019 and 2020; the tail is an assumption.
_GIVEN = {
    (False, False): "国建明华文军德志玉金福生永保红春林海平义忠成俊新振学全安贵荣才根清学民胜利发庆龙虎山河长喜来双有",
    (False, True): "宇浩子泽轩博俊伟涛鹏杰磊晨旭阳飞翔凯嘉梓睿辰一航毅超帅斌强龙昊天皓然文铭佳豪瑞哲宏志远明峰坤",
    (True, False): "英秀玉兰芳梅红丽霞桂凤淑爱翠云香珍花春琴莲青巧彩改月菊荣娥萍俊仙娟转变平琳艳竹叶果枝绒苗",
    (True, True): "婷欣怡梓涵雨诗静雅佳娜丹敏璐思琪晓雪倩颖萌莹慧妍悦可馨语彤瑶洁梦宁子晨若彩月琳瑞钰嘉依菲",
}
_ERA = 1985
_SINGLE = 0.18  # share of one-character given names; assumption

_BRANDS = (
    "惠民 万家 鑫源 永兴 福源 家家乐 华隆 晋丰 顺达 恒泰 德盛 宏达 东方 兴旺 吉祥 "
    "金桥 涑水 中条 倗国 红果 汇丰 佳和 众鑫 恒昌 嘉禾 裕丰 聚源 天润 祥瑞 康乐"
)
_KINDS = {
    "shop": "超市 便利店 副食店 生鲜超市 粮油店 商店",
    "restaurant": "面馆 饭店 饺子馆 羊汤馆 火锅店 小吃店 餐厅",
    "hotel": "宾馆 快捷酒店 旅馆",
    "work_unit": "机械制造公司 铸造公司 食品公司 医药化工公司 纺织公司 建材公司 果业合作社 建筑公司 农机公司 包装公司",
}


class _Surnames(NamedTuple):
    names: pa.Array
    share: npt.NDArray[np.float64]


def _surnames() -> _Surnames:
    entries = [(entry.rstrip("0123456789"), entry) for entry in _SURNAMES.split()]
    weights = np.array([float(entry.removeprefix(name)) for name, entry in entries])
    return _Surnames(pa.array([name for name, _ in entries]), weights / weights.sum())


def person_names(surname: Int64, female: npt.NDArray[np.bool_], born: Int64, rng: np.random.Generator) -> pa.Array:
    """Write full names.

    Args:    surname: int64[n] from `draw_surnames`. born: int64[n], the year of birth.
    Returns: string[n].
    """
    n = len(surname)
    single = rng.random(n) < _SINGLE
    # Squaring the draw favours the characters at the front of a pool.
    first, second = rng.random(n) ** 2, rng.random(n) ** 2
    pools = [list(pool) for pool in _GIVEN.values()]
    offset = np.cumsum([0, *(len(pool) for pool in pools)])
    pool_of = female * 2 + (born >= _ERA)
    size = np.diff(offset)[pool_of]
    characters = pa.array([char for pool in pools for char in pool] + [""])
    one = characters.take(pa.array(offset[pool_of] + (first * size).astype(np.int64)))
    two = characters.take(pa.array(np.where(single, offset[-1], offset[pool_of] + (second * size).astype(np.int64))))
    return pc.binary_join_element_wise(_surnames().names.take(pa.array(surname)), one, two, "")


def draw_surnames(count: int, rng: np.random.Generator) -> Int64:
    """Draw surnames by their frequency; returns int64[count], indices for `person_names`."""
    bounds = np.cumsum(_surnames().share)
    return np.minimum(np.searchsorted(bounds, rng.random(count), side="right"), len(bounds) - 1)


class BusinessNames:
    """Gives every business of a county a name of its own."""

    def __init__(self, county: str, rng: np.random.Generator) -> None:
        self._county = county
        self._rng = rng
        self._used: dict[str, int] = {}

    def draw(self, kind: str, locality: str) -> str:
        """Name one business of a kind (`shop`, `restaurant`, `hotel`, `work_unit`) in a village or town."""
        brand, suffix = (
            words[int(self._rng.integers(len(words)))] for words in (_BRANDS.split(), _KINDS[kind].split())
        )
        return self.unique(f"{self._county}{locality}{brand}{suffix}")

    def unique(self, name: str) -> str:
        """Return the name, with a branch number if it is taken."""
        self._used[name] = self._used.get(name, 0) + 1
        return name if self._used[name] == 1 else f"{name}({self._used[name]}店)"
