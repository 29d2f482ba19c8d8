"""Nothing starts with settings that would put people at risk: one line each, exit status 78."""

import json
import shutil
import smtplib
import sys
from email.message import EmailMessage

import pytest
from sqlalchemy import text

from protestcoord import cli, serving
from protestcoord.config import UnsafeSettings, load_secrets
from protestcoord.core.database import refuse_forgetful
from protestcoord.core.mail import ServerUnreachable, SmtpDelivery
from tests.app_client import app_with_tables
from tests.console_client import stored_in
from tests.stored import store_sign_up, store_slot

SAFE = {
    "BASE_URL": "https://protest.example.org",
    "SMTP_URL": "smtps://mail.example.org:465",
    "UID_HOST": "protest.example.org",
    "CONTACT": "mailto:security@example.org",
    "MAIL_FROM": "Protest <post@example.org>",
}
UNSAFE = {
    "a debugger": ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
    "http for the public": ({"BASE_URL": "http://protest.example.org"}, "BASE_URL"),
    "an address with a path": ({"BASE_URL": "https://example.org/x"}, "BASE_URL"),
    "a demonstration for the public": ({"DEMO": "1", "LISTEN": "0.0.0.0"}, "DEMO"),  # noqa: S104
    "mail over http": ({"SMTP_URL": "http://mail.example.org"}, "SMTP_URL"),
    "mail to nowhere": ({"SMTP_URL": "smtp://"}, "SMTP_URL"),
    "mail to no port": ({"SMTP_URL": "smtp://mail.example.org:many"}, "SMTP_URL"),
    "mail in clear": ({"SMTP_URL": "smtp://mail.example.org:25?starttls=off"}, "SMTP_URL"),
    "mail in clear by path": ({"SMTP_URL": "smtp://mail.example.org:25/plain"}, "SMTP_URL"),
    "mail in clear by scheme": ({"SMTP_URL": "smtp+plain://mail.example.org"}, "SMTP_URL"),
    "an unknown database": ({"DATABASE_URL": "mysql://root@localhost/x"}, "DATABASE_URL"),
    "no forgetting": ({"CONTACTS_KEPT_DAYS": "never"}, "CONTACTS_KEPT_DAYS"),
    "forgetting too late": ({"CONTACTS_KEPT_DAYS": "365"}, "CONTACTS_KEPT_DAYS"),
    "a sender of two": ({"MAIL_FROM": "a@example.org, b@example.org"}, "MAIL_FROM"),
    "a sender with a header": ({"MAIL_FROM": "a@example.org\nBcc: b@example.org"}, "MAIL_FROM"),
    "a host with a space": ({"UID_HOST": "example .org"}, "UID_HOST"),
    "a contact that runs": ({"CONTACT": "javascript:alert(1)"}, "CONTACT"),
    "tiles over http": ({"MAP_TILES": "http://tile.example.org/{z}/{x}/{y}.png"}, "MAP_TILES"),
    "an unknown language": ({"DEFAULT_LANGUAGE": "xx"}, "DEFAULT_LANGUAGE"),
}
SPOILT_SECRETS = {
    "others read it": lambda path: path.chmod(0o644),
    "a short key": lambda path: write(path, session_key="ab" * 8),
    "a sample key": lambda path: write(path, index_key="0" * 64),
    "a missing key": lambda path: path.write_text("{}"),
    "damaged": lambda path: path.write_text("{"),
}


def write(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture
def instance(tmp_path):
    """An instance that could be served, with a sealed contact."""
    app = app_with_tables(tmp_path)
    with stored_in(app) as session:
        store_sign_up(session, app.config["VAULT"], store_slot(session))
    return tmp_path


@pytest.fixture
def serve(instance, monkeypatch, capsys):
    """Serve with some settings; return the exit status and what was said."""
    served = []
    monkeypatch.setattr(serving, "run_server", lambda *_: served.append(True))
    for name in UNSAFE.values():
        for key in name[0]:
            monkeypatch.delenv(key, raising=False)

    def run(**settings):
        for name, value in {**SAFE, **settings}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["protestcoord", "serve", "--instance", str(instance)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert bool(served) == (ended.value.code in (0, None))
        return ended.value.code, said.out + said.err

    return run


@pytest.mark.proves("A12", "W8")
@pytest.mark.parametrize("case", UNSAFE)
def test_unsafe_settings_end_it_with_one_line(serve, case, record_property):
    settings, name = UNSAFE[case]
    status, said = serve(**settings)
    assert (status, said.count("\n")) == (78, 1)
    assert said.startswith(f"protestcoord: {name}: ")
    record_property("A12", f"{len(UNSAFE) + len(SPOILT_SECRETS) + 4} unsafe set-ups end with 78")


@pytest.mark.control("A12", "W8")
def test_safe_settings_serve(serve):
    assert serve() == (0, "")


class PlainServer(smtplib.SMTP):
    """A mail server that offers no encryption, reached without a network."""

    def __init__(self, host, *_args, **_options):
        super().__init__()
        self.esmtp_features = {}

    def ehlo_or_helo_if_needed(self):
        pass

    def login(self, *_):
        raise AssertionError("a password in clear")


@pytest.mark.proves("A12")
@pytest.mark.parametrize(
    "url", ["smtp://mail.example.org:25", "smtp://a:b@10.0.0.7", "smtp://[::2]"]
)
def test_no_mail_leaves_in_clear_for_another_host(monkeypatch, url):
    monkeypatch.setattr("protestcoord.core.mail.smtplib.SMTP", PlainServer)
    with pytest.raises(ServerUnreachable, match="SMTPNotSupportedError"):
        SmtpDelivery(url)(EmailMessage())


@pytest.mark.control("A12")
def test_mail_to_this_machine_may_be_plain(monkeypatch):
    monkeypatch.setattr("protestcoord.core.mail.smtplib.SMTP", PlainServer)
    with pytest.raises(smtplib.SMTPServerDisconnected):  # it got as far as the mail itself
        SmtpDelivery("smtp://127.0.0.1:25")(good_mail())


def good_mail():
    mail = EmailMessage()
    mail["From"], mail["To"] = "a@example.org", "b@example.org"
    return mail


@pytest.mark.proves("A12")
@pytest.mark.parametrize("case", SPOILT_SECRETS)
def test_bad_secrets_end_it_and_are_not_printed(serve, instance, case):
    SPOILT_SECRETS[case](instance / "secrets.json")
    kept = (instance / "secrets.json").read_text()
    with pytest.raises(UnsafeSettings) as refused:
        load_secrets(instance)
    assert str(refused.value).startswith("secrets.json: ")
    assert not any(part in str(refused.value) for part in kept.split('"') if len(part) > 15)


@pytest.mark.proves("A12")
def test_without_the_keys_of_its_contacts_nothing_starts(serve, instance):
    shutil.rmtree(instance / "keys")
    status, said = serve()
    assert (status, said.count("\n")) == (78, 1)
    assert said.startswith("protestcoord: keys/: missing")


FORGETFUL = {
    "sqlite": ["PRAGMA synchronous=NORMAL", "PRAGMA synchronous=OFF"],
    "postgresql": ["SET synchronous_commit=off", "SET synchronous_commit=local"],
}


@pytest.mark.proves("A12")
def test_a_database_that_may_forget_is_refused(session):
    for statement in FORGETFUL[session.get_bind().dialect.name]:
        if session.get_bind().dialect.name == "sqlite":
            # Only outside a transaction.
            raw = session.connection().connection.driver_connection
            for line in ("ROLLBACK", statement, "BEGIN"):
                raw.execute(line)
        else:
            session.execute(text(statement))
        with pytest.raises(UnsafeSettings, match="may be lost"):
            refuse_forgetful(session)
        session.invalidate()


@pytest.mark.control("A12")
def test_a_database_as_it_is_set_up_is_taken(session):
    refuse_forgetful(session)


def test_secrets_are_made_at_the_first_start_for_us_alone(tmp_path):
    made = load_secrets(tmp_path)
    assert load_secrets(tmp_path) == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
