//! A certificate authority of our own, made anew for each test: just enough X.509 (RFC 5280)
//! in DER, so that no key lies in the repository.

use std::net::Ipv4Addr;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// Signs certificates; trusted where a test passes [`Authority::root`] in.
pub struct Authority {
    key: EcdsaKeyPair,
    root: CertificateDer<'static>,
}

impl Authority {
    pub fn new() -> Authority {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let constraints = extension(BASIC_CONSTRAINTS, &sequence(&[tlv(0x01, &[0xff])]));
        let root = signed(&key, &key, ("200101000000Z", "491231235959Z"), constraints);
        Authority { key, root }
    }

    pub fn root(&self) -> CertificateDer<'static> {
        self.root.clone()
    }

    /// A TLS server with a valid certificate for a DNS name, or for an IPv4 address.
    pub fn server(&self, name: &str) -> TlsAcceptor {
        self.server_valid(name, ("200101000000Z", "491231235959Z"))
    }

    /// The same with other dates, in the form `YYMMDDhhmmssZ`.
    pub fn server_valid(&self, name: &str, dates: (&str, &str)) -> TlsAcceptor {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let name = match name.parse::<Ipv4Addr>() {
            Ok(address) => tlv(0x87, &address.octets()),
            Err(_) => tlv(0x82, name.as_bytes()),
        };
        let extensions = extension(ALTERNATIVE_NAME, &sequence(&[name]));
        let certificate = signed(&self.key, &key, dates, extensions);
        let private =
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_pkcs8v1().unwrap().as_ref().to_vec()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], private)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

fn signed(
    issuer: &EcdsaKeyPair,
    subject: &EcdsaKeyPair,
    (from, until): (&str, &str),
    extensions: Vec<u8>,
) -> CertificateDer<'static> {
    let algorithm = sequence(&[tlv(0x06, ECDSA_WITH_SHA256)]);
    let name = |text: &str| {
        let pair = sequence(&[tlv(0x06, COMMON_NAME), tlv(0x0c, text.as_bytes())]);
        sequence(&[tlv(0x31, &pair)])
    };
    let own = std::ptr::eq(issuer, subject);
    // Each authority has its own name, or a stranger's signature would merely look broken.
    let authority = format!("Authority {:02x?}", &issuer.public_key().as_ref()[1..9]);
    let key = sequence(&[
        sequence(&[tlv(0x06, EC_PUBLIC_KEY), tlv(0x06, PRIME256V1)]),
        bits(subject.public_key().as_ref()),
    ]);
    let content = sequence(&[
        tlv(0xa0, &tlv(0x02, &[2])),
        tlv(0x02, &[if own { 1 } else { 2 }]),
        algorithm.clone(),
        name(&authority),
        sequence(&[tlv(0x17, from.as_bytes()), tlv(0x17, until.as_bytes())]),
        name(if own { &authority } else { "Test server" }),
        key,
        tlv(0xa3, &sequence(&[extensions])),
    ]);
    let signature = issuer.sign(&SystemRandom::new(), &content).unwrap();
    CertificateDer::from(sequence(&[content, algorithm, bits(signature.as_ref())]))
}

fn extension(id: &[u8], value: &[u8]) -> Vec<u8> {
    sequence(&[tlv(0x06, id), tlv(0x01, &[0xff]), tlv(0x04, value)])
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn bits(content: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], content].concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut coded = match length {
        0..=0x7f => vec![tag, length as u8],
        0x80..=0xff => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    coded.extend_from_slice(content);
    coded
}
