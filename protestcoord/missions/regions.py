"""In which region of the world does a country lie: the United Nations' M49 subregions."""

from protestcoord.core.errors import N_, InvalidValue

# UN M49 subregions with their countries as ISO 3166-1 alpha-2. Where M49 has an intermediate
# region (in Africa and in Latin America), that one is meant, as in CLDR. Two codes are in no M49
# table: XK, which ISO leaves to its users, and TW; both stand where CLDR puts them. AQ has no
# region and no country to host a mission.
COUNTRIES_OF_REGION = {
    "005": "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE",
    "011": "BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG",
    "013": "BZ CR GT HN MX NI PA SV",
    "014": "BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW",
    "015": "DZ EG EH LY MA SD TN",
    "017": "AO CD CF CG CM GA GQ ST TD",
    "018": "BW LS NA SZ ZA",
    "021": "BM CA GL PM US",
    "029": "AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI",
    "030": "CN HK JP KP KR MN MO TW",
    "034": "AF BD BT IN IR LK MV NP PK",
    "035": "BN ID KH LA MM MY PH SG TH TL VN",
    "039": "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK",
    "053": "AU CC CX HM NF NZ",
    "054": "FJ NC PG SB VU",
    "057": "FM GU KI MH MP NR PW UM",
    "061": "AS CK NU PF PN TK TO TV WF WS",
    "143": "KG KZ TJ TM UZ",
    "145": "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",
    "151": "BG BY CZ HU MD PL RO RU SK UA",
    "154": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
    "155": "AT BE CH DE FR LI LU MC NL",
}

REGION_OF_COUNTRY = {
    country: region for region, text in COUNTRIES_OF_REGION.items() for country in text.split()
}


def region_of(country: str) -> str:
    """Return the M49 code, three digits, of the subregion of an ISO 3166-1 alpha-2 country.

    ``core.languages.territory_name`` has the names of both.

    Raises:
        InvalidValue: There is no such country.
    """
    try:
        return REGION_OF_COUNTRY[country]
    except KeyError:
        message = N_("“%(country)s” is not a country's code.")
        raise InvalidValue(message, field="country", country=country) from None
