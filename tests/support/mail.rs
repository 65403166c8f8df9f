//! A mail as the receiving server got it, and just enough MIME to read it.

use base64::Engine;

/// One accepted mail: the envelope and the bytes.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub data: Vec<u8>,
}

impl Mail {
    /// The value of a header, unfolded and with encoded words read (RFC 2047).
    pub fn header(&self, name: &str) -> Option<String> {
        header(&split(&self.data).0, name).map(|v| read_encoded_words(&v))
    }

    /// All header lines, unfolded, as they came.
    pub fn headers(&self) -> Vec<String> {
        split(&self.data).0
    }

    pub fn subject(&self) -> String {
        self.header("Subject").unwrap_or_default()
    }

    /// The `text/plain` part, decoded.
    pub fn text(&self) -> String {
        part(&self.data, "text/plain").unwrap_or_else(|| panic!("no text part in {self:?}"))
    }

    /// The `text/html` part, decoded.
    pub fn html(&self) -> String {
        part(&self.data, "text/html").unwrap_or_else(|| panic!("no HTML part in {self:?}"))
    }

    /// Every address in the text part, in order.
    pub fn links(&self) -> Vec<String> {
        self.text()
            .split(|c: char| c.is_whitespace() || "<>()\"".contains(c))
            .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
            .map(|word| word.trim_end_matches(['.', ',']).to_owned())
            .collect()
    }

    /// The first link of the text part that contains `piece`.
    pub fn link(&self, piece: &str) -> String {
        self.links()
            .into_iter()
            .find(|link| link.contains(piece))
            .unwrap_or_else(|| panic!("no link with {piece:?} in this mail:\n{}", self.text()))
    }
}

fn split(data: &[u8]) -> (Vec<String>, Vec<u8>) {
    let end = data.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(data.len());
    let body = data.get(end + 4..).unwrap_or_default().to_vec();
    let mut headers: Vec<String> = Vec::new();
    for line in String::from_utf8_lossy(&data[..end]).split("\r\n") {
        match headers.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => headers.push(line.to_owned()),
        }
    }
    (headers, body)
}

fn header(headers: &[String], name: &str) -> Option<String> {
    headers.iter().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

fn part(data: &[u8], wanted: &str) -> Option<String> {
    let (headers, body) = split(data);
    let kind = header(&headers, "Content-Type").unwrap_or_else(|| "text/plain".to_owned());
    if kind.to_ascii_lowercase().starts_with("multipart/") {
        let boundary = parameter(&kind, "boundary")?;
        let fence = format!("--{boundary}");
        let text = format!("\r\n{}", String::from_utf8_lossy(&body));
        return text
            .split(&format!("\r\n{fence}"))
            .skip(1)
            .take_while(|piece| !piece.starts_with("--"))
            .find_map(|piece| part(piece.trim_start_matches("\r\n").as_bytes(), wanted));
    }
    if !kind.to_ascii_lowercase().starts_with(wanted) {
        return None;
    }
    let encoding = header(&headers, "Content-Transfer-Encoding").unwrap_or_default();
    let bytes = match encoding.to_ascii_lowercase().as_str() {
        "base64" => unbase64(&body),
        "quoted-printable" => unquote(&body),
        _ => body,
    };
    Some(String::from_utf8(bytes).expect("a text part in UTF-8").replace("\r\n", "\n"))
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|piece| {
        let (key, value) = piece.trim().split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim_matches('"').to_owned())
    })
}

fn unbase64(body: &[u8]) -> Vec<u8> {
    let packed: Vec<u8> = body.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(packed).expect("base64 in a mail")
}

fn unquote(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = body;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = match (byte, tail) {
            (b'=', [b'\r', b'\n', after @ ..]) => after,
            (b'=', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("hex digits");
                out.push(u8::from_str_radix(digits, 16).expect("hex digits in quoted-printable"));
                after
            }
            _ => {
                out.push(byte);
                tail
            }
        };
    }
    out
}

/// `=?utf-8?q?…?=` and `=?utf-8?b?…?=`; white space between two of them is dropped.
fn read_encoded_words(value: &str) -> String {
    let mut out = String::new();
    let mut after_word = false;
    for (i, piece) in value.split(' ').enumerate() {
        let word = encoded_word(piece);
        if i > 0 && !(after_word && word.is_some()) {
            out.push(' ');
        }
        after_word = word.is_some();
        out.push_str(&word.unwrap_or_else(|| piece.to_owned()));
    }
    out
}

fn encoded_word(piece: &str) -> Option<String> {
    let inner = piece.strip_prefix("=?")?.strip_suffix("?=")?;
    let mut fields = inner.splitn(3, '?');
    let (_charset, kind, text) = (fields.next()?, fields.next()?, fields.next()?);
    let bytes = match kind {
        "b" | "B" => unbase64(text.as_bytes()),
        _ => unquote(text.replace('_', " ").as_bytes()),
    };
    String::from_utf8(bytes).ok()
}

#[test]
fn a_mail_is_read_as_its_receiver_reads_it() {
    let mail = Mail {
        from: "a@example.com".into(),
        to: vec!["b@example.com".into()],
        data: b"Subject: =?utf-8?b?SMOkbmRs?=\r\n =?utf-8?q?er_GmbH?= (N-1)\r\nContent-Type: multipart/alternative;\r\n boundary=\"x\"\r\n\r\n\
--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
H=C3=A4ndler: see http://127.0.0.1/a=\r\n/b?c=3Dd.\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--x--\r\n"
            .to_vec(),
    };
    assert_eq!(mail.subject(), "Händler GmbH (N-1)");
    assert_eq!(mail.text(), "Händler: see http://127.0.0.1/a/b?c=d.");
    assert_eq!(mail.link("/b"), "http://127.0.0.1/a/b?c=d");
    assert_eq!(mail.html(), "<p>x</p>");
}
