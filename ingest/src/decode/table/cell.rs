//! Single cells: what spreadsheets and statistics packages make of ids, counts and lists.

use std::borrow::Cow;

use memchr::memmem;

use crate::decode::x;

/// Digits that a spreadsheet keeps of a number.
const SPREADSHEET_DIGITS: usize = 15;
/// Digits of a number in scientific notation from which on no more were left out than zeros.
const DIGITS_SHOWN_MIN: usize = 10;
/// The greatest integer that a double holds with everything below it.
const DOUBLE_MAX: u64 = 1 << 53;

/// The cell's content; `None` for an empty one and for the words that mean "nothing".
pub(super) fn filled(cell: &str) -> Option<&str> {
    let cell = cell.trim();
    let nothing =
        matches!(cell, "" | "NA" | "N/A" | "NaN" | "nan" | "NULL" | "null" | "None" | "[]");
    (!nothing).then_some(cell)
}

/// A count, as an integer or as a whole double; negative ones mean "not known".
pub(super) fn count(cell: &str) -> Option<u64> {
    let cell = filled(cell)?;
    let whole = cell.split_once('.').map_or(cell, |(whole, fraction)| {
        if fraction.bytes().all(|digit| digit == b'0') { whole } else { "" }
    });
    if let Ok(count) = whole.parse() {
        return Some(count);
    }
    // Thousands, as a spreadsheet shows them; a comma elsewhere is a decimal one.
    let mut groups = whole.split(',');
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
    let grouped = first && groups.all(|group| group.len() == 3);
    let digits = whole.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    (grouped && digits).then(|| whole.replace(',', "").parse().ok()).flatten()
}

/// Yes or no, in the words of several languages of programming.
pub(super) fn flag(cell: &str) -> Option<bool> {
    match filled(cell)?.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "1" | "1.0" => Some(true),
        "false" | "f" | "no" | "0" | "0.0" => Some(false),
        _ => None,
    }
}

/// What is known of a column of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum Column {
    /// Nothing says that somebody rounded it.
    Whole,
    /// A spreadsheet rounded it.
    Rounded,
}

/// Whether a spreadsheet rounded a column: most of its long numbers end in zeros.
pub(super) fn column_of<'t>(cells: impl Iterator<Item = &'t str>) -> Column {
    let (mut long, mut rounded) = (0, 0);
    for digits in cells.filter(|cell| cell.len() > SPREADSHEET_DIGITS) {
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            long += 1;
            rounded += u32::from(is_rounded(digits));
        }
    }
    if rounded * 2 > long { Column::Rounded } else { Column::Whole }
}

/// What is left of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::decode) enum Id {
    /// There is none.
    Absent,
    /// Digits that nobody rounded.
    Exact(String),
    /// All that a double or 15 digits keep of it.
    About(u64),
    /// Too little to tell it from others.
    Lost,
    /// The name of a post on another platform.
    Other(String),
}

/// Reads an id. Digits that end in as many zeros as a spreadsheet makes are taken as rounded where
/// the `column` is: of true ids one in a thousand looks like that.
pub(in crate::decode) fn id(cell: &str, column: Column) -> Id {
    let Some(cell) = filled(cell) else { return Id::Absent };
    let cell = cell.strip_prefix("x:").unwrap_or(cell);
    if ["at://", "http://", "https://"].iter().any(|scheme| cell.starts_with(scheme)) {
        return Id::Other(cell.to_owned());
    }
    // Ways to keep a spreadsheet from rounding: ="123", '123, "123", x123.
    let digits = cell.trim_start_matches(['=', '\'', '"', 'x']).trim_end_matches(['"', '\'']);
    // Any other word is no id: what spreadsheets put where a formula failed, a dash, a name.
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit() || b".,+eE".contains(&b)) {
        return Id::Absent;
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return match digits.parse::<u64>() {
            Ok(value) if column == Column::Rounded && is_rounded(digits) => Id::About(value),
            Ok(1..) => Id::Exact(digits.trim_start_matches('0').to_owned()),
            Ok(0) | Err(_) => Id::Absent,
        };
    }
    match decimal(&digits.replace(',', ".")) {
        Some((value, kept)) if value < DOUBLE_MAX && kept => Id::Exact(value.to_string()),
        Some((value, true)) => Id::About(value),
        Some(_) => Id::Lost,
        None => Id::Absent,
    }
}

fn is_rounded(digits: &str) -> bool {
    digits.len() > SPREADSHEET_DIGITS
        && digits.as_bytes()[SPREADSHEET_DIGITS..].iter().all(|digit| *digit == b'0')
}

/// The value of a decimal with an exponent, and whether it has as many digits as a double keeps.
fn decimal(text: &str) -> Option<(u64, bool)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.trim_start_matches('+').parse().ok()?),
        None => (text, 0_usize),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = [whole, fraction].concat();
    if digits.is_empty() || digits.len() > 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let shift = exponent.checked_sub(fraction.len())?;
    let value =
        digits.parse::<u64>().ok()?.checked_mul(10_u64.checked_pow(shift.try_into().ok()?)?)?;
    // Digits that are not shown are zeros, unless somebody chose to show few.
    Some((value, shift == 0 || digits.len() >= DIGITS_SHOWN_MIN))
}

/// Whether `rounded` is what rounding makes of `exact`.
pub(super) fn is_about(rounded: u64, exact: u64) -> bool {
    exact >= DOUBLE_MAX && roundings(exact).contains(&rounded)
}

/// What spreadsheets and statistics packages make of an id: a double, in all its digits or in as few
/// as tell it from others, or 15 digits. On which side of it these lie is not certain: spreadsheets round what they have rounded.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the loss is what is computed"
)]
pub(in crate::decode) fn roundings(exact: u64) -> [u64; 4] {
    let double = exact as f64;
    let digits = exact.checked_ilog10().map_or(1, |log| log as usize + 1);
    let unit = u32::try_from(digits.saturating_sub(SPREADSHEET_DIGITS)).unwrap_or(0);
    let unit = 10_u64.checked_pow(unit).unwrap_or(1);
    let below = exact / unit * unit;
    // The shortest digits that tell one double from the next, which is how languages print it.
    let shortest = double.to_string().parse().unwrap_or(exact);
    [double as u64, shortest, below, below.saturating_add(unit)]
}

/// The id in the address of a post of X, `…/status/123` or `…/statuses/123`, and the handle before
/// it, where the address names one.
pub(in crate::decode) fn address(url: &str) -> Option<(&str, Option<&str>)> {
    let at = memmem::find(url.as_bytes(), b"/status")?;
    let before = &url[..at];
    let rest = before.split_once("://").map_or(before, |(_, rest)| rest);
    let host = rest.split('/').next()?;
    // Other platforms have addresses of the same form. Mirrors keep the name.
    let on_x = |label: &str| label.ends_with("twitter") || label == "nitter";
    if !(host == "x.com" || host.ends_with(".x.com") || host.split('.').any(on_x)) {
        return None;
    }
    let rest = &url[at + "/status".len()..];
    let rest = rest.strip_prefix("es").unwrap_or(rest).strip_prefix('/')?;
    let end =
        rest.find(|c: char| !(c.is_ascii_digit() || ".+eE".contains(c))).unwrap_or(rest.len());
    let handle = before.rsplit('/').next().filter(|handle| {
        x::is_handle(handle) && !matches!(*handle, "i" | "web" | "anyuser" | "statuses")
    });
    (end > 0).then_some((&rest[..end], handle))
}

/// Whether an address is that of a post on another platform, by its form there.
pub(super) fn is_foreign_post(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let parts: Vec<&str> = rest.trim_end_matches('/').split('/').skip(1).collect();
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [name, id] => name.starts_with('@') && number(id),
        ["users", _, "statuses", id] => number(id),
        ["profile", _, "post", _] => true,
        _ => false,
    }
}

/// The items of a list cell: a JSON or Python list, R's `c("a", "b")`, or words between spaces,
/// commas, semicolons or bars.
pub(super) fn list(cell: &str) -> Vec<Cow<'_, str>> {
    let Some(cell) = filled(cell) else { return Vec::new() };
    if cell.starts_with(['[', '{']) {
        if let Ok(items) = serde_json::from_str::<Vec<serde_json::Value>>(cell) {
            return items.iter().filter_map(item).map(Cow::Owned).collect();
        }
        return quoted(cell);
    }
    if cell.starts_with("c(") {
        return quoted(cell);
    }
    cell.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|'))
        .filter(|word| !word.is_empty() && *word != "NA")
        .map(Cow::Borrowed)
        .collect()
}

/// The links of a cell: what lies between separators that an address does not contain unescaped.
pub(super) fn links(cell: &str) -> Vec<Cow<'_, str>> {
    let Some(cell) = filled(cell) else { return Vec::new() };
    if cell.starts_with(['[', '{']) || cell.starts_with("c(") {
        return list(cell);
    }
    let mut links = Vec::new();
    let mut starts: Vec<usize> = memmem::find_iter(cell.as_bytes(), b"http").collect();
    // An address may carry another one inside: only one after a separator begins a new link.
    starts.retain(|at| {
        cell[..*at]
            .chars()
            .next_back()
            .is_none_or(|c| c.is_whitespace() || matches!(c, ',' | ';' | '|'))
    });
    for (at, start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).copied().unwrap_or(cell.len());
        let link = &cell[*start..end];
        let link = link.split(char::is_whitespace).next().unwrap_or_default();
        links.push(Cow::Borrowed(link.trim_end_matches([',', ';', '|'])));
    }
    links
}

/// The word of an item: itself, or of an object what names it.
fn item(value: &serde_json::Value) -> Option<String> {
    const KEYS: [&str; 7] =
        ["tag", "username", "screen_name", "expanded_url", "url", "text", "name"];
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Object(fields) => {
            KEYS.iter().find_map(|key| fields.get(*key)?.as_str().map(str::to_owned))
        }
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What stands in single or double quotes; of Python's dictionaries the value of the keys that
/// name an item.
fn quoted(cell: &str) -> Vec<Cow<'_, str>> {
    let mut strings = Vec::new();
    let mut rest = cell;
    while let Some(open) = rest.find(['"', '\'']) {
        let quote = &rest[open..=open];
        let inner = &rest[open + 1..];
        let Some(close) = inner.find(quote) else { break };
        strings.push(&inner[..close]);
        rest = &inner[close + 1..];
    }
    if !cell.contains('{') {
        return strings.into_iter().map(Cow::Borrowed).collect();
    }
    let named = strings.windows(2).filter(|pair| matches!(pair[0], "screen_name" | "tag" | "url"));
    named.map(|pair| Cow::Borrowed(pair[1])).collect()
}

#[cfg(test)]
#[path = "cell_tests.rs"]
mod tests;
