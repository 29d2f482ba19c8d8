"""Where does somebody who protests find help: plain links by country, which nothing fetches."""

from dataclasses import dataclass
from datetime import date, timedelta

# From when the text is: whoever reads it again against what is known, and opens each address below
# in a browser, sets it. `docs/operating/index.md` says what was looked at then, and how.
WRITTEN_ON = date(2026, 11, 26)
REVIEW_HOLDS = timedelta(days=180)


@dataclass(frozen=True)
class Source:
    """A page of somebody else.

    Attributes:
        name: As its owner is called; not translated.
        url: A plain link that a reader may follow.
    """

    name: str
    url: str


@dataclass(frozen=True)
class Help:
    """Where one finds help in a country.

    Attributes:
        country: ISO 3166-1 alpha-2.
        emergency: Number of the police in danger.
        rights: Who explains the rights of people who protest.
        report: Who wants to know of threats by a foreign state.
        phone: The number for such reports; empty if we know none.
    """

    country: str
    emergency: str
    rights: Source
    report: Source
    phone: str = ""


# Entry pages of public bodies and long-standing organizations: deep addresses die sooner.
HELP = (
    Help(
        "AU",
        "000",
        Source("Human Rights Law Centre", "https://www.hrlc.org.au/"),
        Source("National Security Hotline", "https://www.nationalsecurity.gov.au/"),
        "1800 123 400",
    ),
    Help(
        "CA",
        "911",
        Source("Canadian Civil Liberties Association", "https://ccla.org/"),
        Source("RCMP", "https://www.rcmp-grc.gc.ca/"),
        "1-800-420-5805",
    ),
    Help(
        "DE",
        "110",
        Source("Gesellschaft für Freiheitsrechte", "https://freiheitsrechte.org/"),
        Source("Bundesamt für Verfassungsschutz", "https://www.verfassungsschutz.de/"),
    ),
    Help(
        "FR",
        "17",
        Source("Ligue des droits de l’Homme", "https://www.ldh-france.org/"),
        Source("Police nationale", "https://www.police-nationale.interieur.gouv.fr/"),
    ),
    Help(
        "GB",
        "999",
        Source("Liberty", "https://www.libertyhumanrights.org.uk/"),
        Source("Police", "https://www.police.uk/"),
        "101",
    ),
    Help(
        "JP",
        "110",
        Source("日本弁護士連合会", "https://www.nichibenren.or.jp/"),
        Source("警察庁", "https://www.npa.go.jp/"),
        "#9110",
    ),
    Help(
        "KR",
        "112",
        Source("국가인권위원회", "https://www.humanrights.go.kr/"),
        Source("국가정보원", "https://www.nis.go.kr/"),
        "111",
    ),
    Help(
        "SE",
        "112",
        Source("Civil Rights Defenders", "https://crd.org/"),
        Source("Säkerhetspolisen", "https://www.sakerhetspolisen.se/"),
    ),
    Help(
        "US",
        "911",
        Source("ACLU", "https://www.aclu.org/"),
        Source("FBI", "https://www.fbi.gov/"),
        "1-800-225-5324",
    ),
)

EVERYWHERE = (
    Source("EFF: Surveillance Self-Defense", "https://ssd.eff.org/"),
    Source("Amnesty International", "https://www.amnesty.org/"),
    Source("Front Line Defenders", "https://www.frontlinedefenders.org/"),
    Source("Access Now", "https://www.accessnow.org/"),
    Source("Safeguard Defenders", "https://safeguarddefenders.com/"),
    Source("Tor", "https://www.torproject.org/"),
)


def is_stale(today: date) -> bool:
    """Say whether the page of safety is so old that it may mislead."""
    return today - WRITTEN_ON > REVIEW_HOLDS
