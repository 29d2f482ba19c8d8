"""Which texts an organizer reads before the public: what names a person, and what threatens."""

import re
import time
from re import _constants as kinds
from re import _parser as parser

import pytest

from protestcoord.missions.persons import PATTERNS, Sign, is_held, signs_in
from protestcoord.signups.models import Group, SignUp

# Offices and commonest names that belong to nobody in particular.
HELD = {
    "Ambassador Li Wei must answer": Sign.PERSON,
    "AMBASSADOR LI WEI": Sign.PERSON,
    "at the desk of vice consul zhang": Sign.PERSON,
    "Ask for Attaché Bertrand at the gate": Sign.PERSON,
    "Mr. Wang at the visa desk": Sign.PERSON,
    "Chen Xiaoming, who works at the consulate": Sign.PERSON,
    "in front of the ambassador's residence": Sign.HOME,
    "We know where she lives": Sign.HOME,
    "The consul’s children go to this school": Sign.HOME,
    "He lives at 12 Elm Road": Sign.HOME,
    "Look for the black car, number plate 123 CD 45": Sign.VEHICLE,
    "We wait beside her car": Sign.VEHICLE,
    "Burn down the embassy": Sign.THREAT,
    "The officers must die": Sign.THREAT,
    "Bring knives": Sign.THREAT,
    "王大使に抗議": Sign.PERSON,
    "領事の李さんを待つ": Sign.PERSON,
    "張書記官の窓口": Sign.PERSON,
    "大使公邸の前": Sign.HOME,
    "職員の自宅前に集合": Sign.HOME,
    "品川 300 あ 12-34 の車": Sign.VEHICLE,
    "大使館員を殺せ": Sign.THREAT,
    "建物に火をつけよう": Sign.THREAT,
    "왕샤오밍 영사를 만나자": Sign.PERSON,
    "싱하이밍대사 규탄": Sign.PERSON,
    "대사 관저 앞": Sign.HOME,
    "영사의 가족을 찾자": Sign.HOME,
    "차량번호 12가 3456": Sign.VEHICLE,
    "직원들을 죽이자": Sign.THREAT,
    "王小明领事出来": Sign.PERSON,
    "总领事张伟": Sign.PERSON,
    "領事館的陳小姐, 陳美玲領事": Sign.PERSON,
    "他住在中山路八号": Sign.HOME,
    "领事的家人": Sign.HOME,
    "车牌京A12345": Sign.VEHICLE,
    "使 014 001": Sign.VEHICLE,
    "烧掉大使馆": Sign.THREAT,
    "血債血償": Sign.THREAT,
}
HARMLESS = [
    "Opposite the main gate of the embassy",
    "Consulate General, corner of Elm Road",
    "Hotel Ambassador, entrance",
    "Ambassador Bridge, east side",
    "Near the A-Bomb Dome",
    "Vigil for those who were killed",
    "We hang lanterns on the fence",
    "We burn candles and sing",
    "No weapons, no alcohol, no flags on sticks",
    "Car park P2, level 3",
    "Seats for children and their parents",
    "Friends of the Consul Theatre",
    "Free North Korean refugees: let them live",
    "Mandarin, English, Deutsch; die Kundgebung ist still",
    "SW1A 2AA, at the post box",
    "中国大使館前、正門の向かい",
    "中華人民共和国駐大阪総領事館の北側",
    "原爆ドーム前",
    "王子駅北口",
    "首相官邸前の歩道",
    "亡くなった人々を追悼する会",
    "段差なし、手話通訳あり",
    "他の家族と一緒に",
    "주한 중국대사관 맞은편",
    "명동역 3번 출구",
    "방화역 2번 출구",
    "희생된 사람들을 추모하는 모임",
    "2027년 1월 9일 12시 3000명",
    "휠체어 가능, 한국어와 영어",
    "中国驻柏林大使馆对面",
    "总领事馆正门",
    "孙中山先生纪念馆前",
    "悼念被杀死的人",
    "释放脱北者",
    "廣東話、普通話、英文",
]
LONGEST = max(
    column.type.length
    for column in (
        Group.__table__.c.name, Group.__table__.c.city, SignUp.__table__.c.meeting_point,
        SignUp.__table__.c.accessibility, SignUp.__table__.c.languages,
    )
)  # fmt: skip


@pytest.mark.proves("L3")
@pytest.mark.parametrize(("text", "sign"), HELD.items())
def test_what_names_a_person_or_threatens_is_held(text, sign):
    assert sign in signs_in(text)


@pytest.mark.control("L3")
@pytest.mark.parametrize("text", HARMLESS)
def test_what_says_where_and_when_is_not_held(text):
    assert signs_in(text) == ()


@pytest.mark.proves("L3")
def test_there_are_thirty_texts_of_either_kind(record_property):
    assert min(len(HELD), len(HARMLESS)) >= 30
    record_property("L3", f"{len(HELD)} texts held, {len(HARMLESS)} harmless ones not")


@pytest.mark.proves("L3")
@pytest.mark.parametrize(
    "text",
    ["ＡＭＢＡＳＳＡＤＯＲ ＬＩ", "ambas\u200bsador li", "ambassador \u00a0 li", "kill\u2060 them"],
)
def test_width_case_and_what_nobody_sees_hide_nothing(text):
    assert is_held("harmless", text)


def best_ms(text: str, tries: int = 5) -> float:
    """The time of the thread alone, at its best: another process may cool every cache."""
    took = []
    for _ in range(tries):
        signs_in.cache_clear()
        started = time.thread_time()
        signs_in(text)
        took.append(time.thread_time() - started)
    return min(took) * 1000


@pytest.mark.proves("L3")
def test_the_longest_text_takes_ten_milliseconds_at_most(record_property):
    parts = [
        *HELD,
        *HARMLESS,
        "a",
        "a ",
        "consul ",
        "kill the ",
        "李",
        "彼",
        "왕",
        "12",
        "\ufdfa",
        "㌖",
    ]
    longest = [(part * LONGEST)[:LONGEST] for part in parts]
    took = max(best_ms(text) for text in longest)
    assert took <= 10
    record_property("L3", f"a text of {LONGEST} characters in {took:.1f} ms at most")


REPEATS = {kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT}


def is_nested(parsed, *, repeated: bool = False) -> bool:
    """Say whether what repeats stands in what repeats; to be there once is no repetition."""
    for kind, told in parsed:
        repeats = kind in REPEATS and told[1] > 1
        if repeats and repeated:
            return True
        if any(is_nested(part, repeated=repeated or repeats) for part in inside(told)):
            return True
    return False


def inside(told):
    if isinstance(told, parser.SubPattern):
        return [told]
    return [part for one in told for part in inside(one)] if isinstance(told, tuple | list) else []


@pytest.mark.proves("L3")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_repetition_stands_in_another_one_and_each_has_an_end(pattern):
    assert not is_nested(parser.parse(pattern.pattern, pattern.flags))
    assert not re.search(r"(?<!\\)[*+]", pattern.pattern)


@pytest.mark.control("L3")
def test_a_nested_repetition_would_be_seen():
    assert is_nested(parser.parse("(?:a|(b+c)d){2,3}"))
    assert not is_nested(parser.parse("(?:a+)?(?:b{2}|c)"))
