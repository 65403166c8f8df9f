//! A real HTTP server on loopback that records webhooks and answers as told.

use super::PATIENCE;
use super::watched::Watched;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub at: Instant,
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The event's `type`; empty when the body is something else.
    pub kind: String,
    /// The `webhook-id`, the same for each try of one delivery.
    pub id: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    fn new(method: String, path: String, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let json: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let kind = json["type"].as_str().unwrap_or_default().to_owned();
        let mut request = Self { at: Instant::now(), method, path, headers, body, kind, id: String::new() };
        request.id = request.header("webhook-id").unwrap_or_default().to_owned();
        request
    }
}

/// How one request is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Says nothing at all until the peer gives up.
    pub hang: bool,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), hang: false }
    }

    pub fn json(body: &serde_json::Value) -> Self {
        Self::status(200).header("content-type", "application/json").body(body.to_string())
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn hang() -> Self {
        Self { hang: true, ..Self::status(200) }
    }
}

/// Answers a challenge with its value and everything else with 200.
pub fn well_behaved(request: &Request) -> Reply {
    if request.kind != "subscription.challenge" {
        return Reply::status(200);
    }
    Reply::json(&serde_json::json!({ "challenge": request.json()["data"]["challenge"] }))
}

type Script = Arc<dyn Fn(&Request, usize) -> Reply + Send + Sync>;

struct State {
    requests: Vec<Request>,
    script: Script,
}

/// The server. It stops with the test's process.
pub struct Receiver {
    port: u16,
    state: Watched<State>,
}

impl Receiver {
    /// Reached on every loopback address: `127.0.0.2` is another host to the sender.
    pub fn start() -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").expect("a port for the receiver");
        let port = listener.local_addr().expect("its address").port();
        let script: Script = Arc::new(|request, _| well_behaved(request));
        let state = Watched::new(State { requests: Vec::new(), script });
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                std::thread::spawn(move || converse(stream, &state));
            }
        });
        Self { port, state }
    }

    pub fn url(&self, path: &str) -> String {
        self.url_on("127.0.0.1", path)
    }

    /// The same receiver under another name, such as `127.0.0.2`.
    pub fn url_on(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    /// From now on requests are answered as `script(request, earlier ones with the same
    /// webhook-id)` says. Challenges come here too: see [`well_behaved`].
    pub fn answer(&self, script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) {
        self.state.change(|s| s.script = Arc::new(script));
    }

    /// Everything that came, challenges included, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.state.read(|s| s.requests.clone())
    }

    /// The events of this type that came.
    pub fn events(&self, kind: &str) -> Vec<Request> {
        self.state.read(|s| of_kind(&s.requests, kind))
    }

    pub fn count(&self) -> usize {
        self.state.read(|s| s.requests.len())
    }

    /// Waits until at least `n` events of this type came.
    pub fn wait_for(&self, kind: &str, n: usize) -> Vec<Request> {
        self.wait_within(kind, n, PATIENCE)
    }

    pub fn wait_within(&self, kind: &str, n: usize, patience: Duration) -> Vec<Request> {
        let enough = |s: &State| Some(of_kind(&s.requests, kind)).filter(|found| found.len() >= n);
        self.state.wait(patience, enough).unwrap_or_else(|| {
            let kinds: Vec<String> = self.requests().iter().map(|r| r.kind.clone()).collect();
            panic!("not {n} events {kind:?} in {patience:?}, but {kinds:?}")
        })
    }
}

fn of_kind(requests: &[Request], kind: &str) -> Vec<Request> {
    requests.iter().filter(|r| r.kind == kind).cloned().collect()
}

/// One connection, kept alive as long as the peer likes.
fn converse(stream: TcpStream, state: &Watched<State>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut input = BufReader::new(stream.try_clone().ok()?);
    let mut out = stream;
    loop {
        let request = read_request(&mut input)?;
        let (script, earlier) = state.change(|s| {
            let earlier = s.requests.iter().filter(|r| r.id == request.id).count();
            s.requests.push(request.clone());
            (Arc::clone(&s.script), earlier)
        });
        let reply = script(&request, earlier);
        if reply.hang {
            let _ = input.read(&mut [0]);
            return None;
        }
        let mut head = format!("HTTP/1.1 {} scripted\r\n", reply.status);
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", reply.body.len()));
        out.write_all(&[head.as_bytes(), &reply.body].concat()).ok()?;
    }
}

fn read_request(input: &mut impl BufRead) -> Option<Request> {
    let first = read_line(input)?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = read_line(input)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().expect("a content-length"));
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    Some(Request::new(method, path, headers, body))
}

fn read_line(input: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    (input.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
}
