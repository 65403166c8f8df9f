//! The repository's files, and Rust source without its comments and strings.

use std::path::{Path, PathBuf};

/// One file of the repository.
pub struct File {
    /// From the repository's root, with `/`.
    pub path: String,
    pub text: String,
}

impl File {
    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// The text with comments and the contents of strings blanked out.
    pub fn code(&self) -> String {
        blank(&self.text)
    }
}

/// All text files below a folder (or the file itself), in order of their path.
pub fn files(below: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join(below), &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
        Some(File { path: name.replace('\\', "/"), text: std::fs::read_to_string(path).ok()? })
    };
    found.into_iter().filter_map(read).collect()
}

/// The Rust files below a folder.
pub fn rust(below: &str) -> Vec<File> {
    files(below).into_iter().filter(|f| f.path.ends_with(".rs")).collect()
}

fn walk(path: &Path, found: &mut Vec<PathBuf>) {
    const NOT_OURS: [&str; 5] = ["node_modules", "out", "target", ".git", "data"];
    if path.is_file() {
        found.push(path.to_owned());
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        if !NOT_OURS.iter().any(|name| entry.file_name() == *name) {
            walk(&entry.path(), found);
        }
    }
}

/// Whether `code` holds this name as a whole word; `a::b` counts as two words.
pub fn mentions(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let before = code[..at].chars().next_back().is_some_and(part);
        let after = code[at + name.len()..].chars().next().is_some_and(part);
        !before && !after
    })
}

/// The line numbers (from 1) on which `found` says yes.
pub fn lines_where(file: &File, code: &str, found: impl Fn(&str) -> bool) -> Vec<String> {
    let hit =
        |(i, line): (usize, &str)| found(line).then(|| format!("{}:{}: {}", file.path, i + 1, line.trim()));
    code.lines().enumerate().filter_map(hit).collect()
}

fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let rest = &chars[at..];
        let end = match c {
            '/' if rest.get(1) == Some(&'/') => until(rest, &['\n']),
            '/' if rest.get(1) == Some(&'*') => until(rest, &['*', '/']) + 2,
            '"' => string(rest),
            'r' if !part_of_a_name(&out) && raw_fence(rest).is_some() => {
                let fence = raw_fence(rest).unwrap_or_default();
                let close: Vec<char> = std::iter::once('"').chain(vec!['#'; fence]).collect();
                fence + 2 + until(&rest[fence + 2..], &close) + close.len()
            }
            '\'' if rest.get(1) == Some(&'\\') => 2 + until(&rest[2..], &['\'']).max(1) + 1,
            '\'' if rest.get(2) == Some(&'\'') => 3,
            _ => {
                out.push(c);
                at += 1;
                continue;
            }
        };
        // Keep the line breaks, so that line numbers stay true.
        out.extend(rest.iter().take(end).map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at += end;
    }
    out
}

fn part_of_a_name(before: &str) -> bool {
    before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
}

fn until(chars: &[char], end: &[char]) -> usize {
    chars.windows(end.len()).position(|w| w == end).unwrap_or(chars.len())
}

fn string(chars: &[char]) -> usize {
    let mut at = 1;
    while let Some(c) = chars.get(at) {
        match c {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

fn raw_fence(chars: &[char]) -> Option<usize> {
    let fence = chars.iter().skip(1).take_while(|c| **c == '#').count();
    (chars.get(fence + 1) == Some(&'"')).then_some(fence)
}

#[test]
fn comments_and_strings_are_no_code() {
    let text =
        "let a = \"diesel \\\" x\"; // diesel\nlet b = r#\"di\"esel\"#; /* diesel */ 'd'; '\\''; web::x";
    let code = blank(text);
    assert!(!code.contains("esel"), "{code}");
    assert_eq!(code.lines().count(), 2);
    assert!(mentions(&code, "web") && !mentions(&code, "eb"));
}
