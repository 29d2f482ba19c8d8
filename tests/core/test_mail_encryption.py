"""Mail leaves this machine under encryption alone, to a server whose certificate is checked."""

import ssl
from datetime import timedelta
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from protestcoord.core import clock, mail
from protestcoord.core.mail import ServerUnreachable, SmtpDelivery
from tests.journeys.served import Mailbox, free_port


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """A server's side of TLS, with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    day = timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(clock.now() - day)
        .not_valid_after(clock.now() + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "server.pem"
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(key.private_bytes(pem, *plain) + made.public_bytes(pem))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file)
    return server, file


@pytest.fixture
def server(request, context):
    offered = {"tls_context": context[0]} if request.param else {}
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **offered)
    controller.start()
    yield mailbox, f"smtp://localhost:{controller.port}"
    controller.stop()


def deliver(url: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "us@example.org", "lantern@example.org"
    message.set_content("text\n")
    with SmtpDelivery(url) as delivery:
        delivery(message)


@pytest.mark.parametrize("server", [True], indirect=True)
def test_a_certificate_that_nobody_vouches_for_gets_no_mail(server):
    mailbox, url = server
    with pytest.raises(ServerUnreachable):
        deliver(url)
    assert mailbox.mails == []


@pytest.mark.parametrize("server", [True], indirect=True)
def test_the_control_the_same_certificate_is_good_if_it_is_trusted(server, context, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(context[1]))
    mailbox, url = server
    deliver(url)
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("server", [False], indirect=True)
def test_no_mail_leaves_this_machine_in_clear(server, monkeypatch):
    mailbox, url = server
    monkeypatch.setattr(mail, "is_loopback", lambda _host: False)
    with pytest.raises(ServerUnreachable):
        deliver(url)
    assert mailbox.mails == []


@pytest.mark.parametrize("server", [False], indirect=True)
def test_a_server_on_this_machine_may_speak_plainly(server):
    mailbox, url = server
    deliver(url)
    assert len(mailbox.mails) == 1
