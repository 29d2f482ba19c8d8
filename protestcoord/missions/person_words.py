"""By which words is a text held for an organizer: short lists, in four languages, and no rule.

Each list is a regular expression's alternatives. Texts are compared after NFKC and case folding, so
lists are in lower case; both ways of writing Chinese stand here. Whoever adds a word adds a text
with it to tests/missions/test_persons.py, and one like it that is harmless.
"""

# Signs of East Asia count twice, and a list is easier to read unbroken.
# ruff: noqa: E501

# Commonest family names: alone they say nothing, beside an office they name who holds it.
PINYIN = (
    "li|wang|zhang|liu|chen|yang|zhao|huang|zhou|wu|xu|sun|hu|zhu|gao|lin|he|guo|ma|luo|liang|song|"
    "zheng|xie|han|tang|feng|dong|xiao|cheng|cao|yuan|deng|fu|shen|zeng|peng|lu|su|jiang|cai|jia|"
    "ding|wei|xue|ye|yan|yu|pan|du|dai|xia|zhong|tian|ren|fan|fang|shi|yao|tan|liao|zou|xiong|jin|"
    "hao|kong|bai|cui|kang|mao|qiu|qin|gu|hou|shao|meng|long|wan|duan|lei|qian|lai|wong|cheung|lau"
)
HAN = (
    "李|王|張|张|劉|刘|陳|陈|楊|杨|趙|赵|黃|黄|周|吳|吴|徐|孫|孙|胡|朱|高|林|何|郭|馬|马|羅|罗|梁|宋|鄭|郑|"
    "謝|谢|韓|韩|唐|馮|冯|董|蕭|萧|程|曹|袁|鄧|邓|許|许|傅|沈|曾|彭|呂|吕|蘇|苏|盧|卢|蔣|蒋|蔡|賈|贾|丁|魏|"
    "薛|葉|叶|閻|阎|余|潘|杜|戴|夏|鍾|钟|汪|田|任|姜|范|方|姚|譚|谭|廖|鄒|邹|熊|孔|崔|毛|邱|秦|顧|顾|侯|邵|孟"
)
HANGUL = "왕|리|이|장|류|유|천|진|양|황|자오|조|저우|주|우|쉬|쑨|마|후|린|허|가오|싱|다이|궈|펑|덩|셰|판|추"

# Who holds an office at a mission.
OFFICES = (
    "ambassador|vice consul|deputy consul|consul general|consul|chargé d'affaires|charge d'affaires|"
    "attaché|attache|first secretary|second secretary|third secretary|counsellor|counselor|diplomat|"
    "chancellor|press officer|visa officer"
)
OFFICES_HAN = (
    "大使|總領事|总领事|総領事|領事|领事|公使|參贊|参赞|参事官|書記官|一等秘书|一等秘書|二等秘书|二等秘書|"
    "武官|外交官"
)
OFFICES_HANGUL = "대사|총영사|부총영사|영사|공사|참사관|서기관|무관|외교관"
# What an office's word begins that is a place or an institution, and no person.
PLACES = (
    "general|hotel|bridge|road|street|avenue|square|theatre|theater|house|hall|inn|office|cafe|"
    "café|court|park|place|gardens|tower|building|suites|the|of|to|and|or|for|in|at|gate|choir|club"
)
BEFORE_HANGUL = "중국|주한|주일|주미|주영|주독|한국|전|현|신임|친선|평화|홍보|총|부|각국|명예"
STAFF = (
    "ambassadors?|consuls?|diplomats?|attachés?|attaches?|embassy staff|consulate staff|staff|"
    "officials?|officers?|employees?|guards?|clerks?"
)
STAFF_CJK = (
    f"{OFFICES_HAN}|{OFFICES_HANGUL}|職員|职员|館員|馆员|工作人员|工作人員|직원|彼女|彼|他们|他們|"
    "她们|她們|他|她|그녀|그놈|그들|그"
)
MISSIONS = r"embassy|consulate|大使館|大使馆|領事館|领事馆|使館|使馆|대사관|영사관|職員|职员|館員|馆员|직원"
# What one says of somebody's own life.
LIVING = "home|house|flat|apartment|residence|villa|address|bedroom"
FAMILY = "wife|husband|son|daughter|child|children|kids|family|mother|father|parents|partner"
LIVING_CJK = (
    "自宅|住所|住まい|家族|家|妻|夫|子ども|子供|娘|息子|住址|住处|住處|家人|家|妻子|儿子|女儿|孩子"
)
LIVING_HANGUL = "집|자택|주소|가족|아내|남편|아들|딸|아이"

HOME = (
    r"lives? (?:at|in|on|next|near|behind|opposite)\b|where (?:he|she|they|you) lives?\b|"
    r"home address|private address|residence of the|private home|公邸|私邸|自宅|家庭地址|家庭住址|家住|私宅|"
    r"住んでいる|자택|관저|집주소|집 주소|사는 곳|살고 있"
)
VEHICLE = (
    r"licen[cs]e plate|number plate|plate number|registration number|(?:his|her) car\b|"
    r"\bs?he drives an?\b|diplomatic plate|ナンバープレート|車のナンバー|外ナンバー|車両番号|"
    r"車牌|车牌|車號|车号|座驾|座駕|번호판|차량 ?번호|차 번호"
)
# As they stand on cars in China and Taiwan's letters, in Japan, in Korea: by their letters.
PLATES = (
    r"[京沪滬粤粵津渝苏蘇浙使领領][a-z][·・ -]?[a-z0-9]{5}(?![a-z0-9])|使 ?[0-9]{3}[·・ -]?[0-9]{3}|"
    r"[0-9]{2,3} ?[あ-を] ?[0-9]{2}-[0-9]{2}|外 ?-? ?[0-9]{4}|"
    r"[0-9]{2,3}[가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자허하] ?[0-9]{4}|"
    r"외교 ?[0-9]{3}-[0-9]{3}"
)
HARMING = (
    "kill|shoot|stab|beat|hang|lynch|burn|attack|hurt|punch|hunt|strangle|poison|smash|bomb|"
    "torch|murder|behead|storm|ambush|beat up|burn down|shoot at|blow up"
)
HARMED = (
    r"him\b|her\b|them\b|you\b|chinese\b|communists?\b|everyone\b|embassy\b(?! of)|consulate\b|"
    r"ambassador|consul\b|consuls\b|diplomat|staff\b|official|officer|guard|famil|pigs?\b|bastard"
)
THREAT = (
    r"(?:must|will|should|shall|gonna|deserves? to|going to) die\b|death to\b|you(?:'| a)re next\b|"
    r"set fire to|molotov|(?:make|made) (?:him|her|them|you) (?:pay|bleed)|will pay for\b|"
    r"throw (?:stones|bricks|rocks|bottles)|(?:bring|carry|with) (?:a |your |our )?"
    r"(?:guns?|knives|knife|bombs?|weapons?|petrol)\b|watch your back|"
    r"殺す|殺せ|殺してやる|殺そう|ぶっ殺|死ね|爆破|燃やせ|燃やそう|火をつけ|放火|襲え|襲おう|襲撃し|刺し殺|"
    r"殴れ|殴ろう|痛い目|ただでは済|"
    r"(?<!被)(?:杀死|杀了|杀掉|殺死|殺了|殺掉|打死|干掉|幹掉|弄死|砍死|烧死|燒死)|去死|该死|該死|"
    r"炸掉|炸了|炸毁|炸毀|烧掉|燒掉|烧了|燒了|纵火|縱火|血债|血債|报仇|報仇|灭门|滅門|"
    r"죽여|죽이자|죽이겠|죽일|죽어라|폭파|불태|불을 지르|불지르|방화하|습격|때려|찌르|찔러|가만두지|가만 두지|복수하"
)
