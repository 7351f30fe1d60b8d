//! What the figures of a page count, in the words of [`colloquy_transcript::measure`].

use colloquy_transcript::measure::measure;
use maud::{Markup, html};

/// The figures of a page by table, folded away, and below them the works that they are taken from;
/// nothing where there are no figures.
pub(super) fn details(figures: &[(&str, &[&str])]) -> Markup {
    html! {
        @if !figures.is_empty() {
            details #counted {
                summary { "How this is counted" }
                @for (table, columns) in figures {
                    @if let Some(heading) = heading(table) { h3 { (heading) } }
                    (definitions(table, columns))
                }
                (sources(figures))
            }
        }
    }
}

/// What a table's figures are about. What only the recap shows goes on from the session's.
fn heading(table: &str) -> Option<&'static str> {
    match table {
        "sessions" => Some("The session"),
        "participation" => Some("Each question"),
        "attendance" => Some("Each person"),
        _ => None,
    }
}

/// Figures of one table, each with its sentence.
pub(super) fn definitions(table: &str, columns: &[&str]) -> Markup {
    let figures = columns.iter().filter_map(|column| measure(table, column));
    html! {
        dl { @for figure in figures { dt { (figure.title) } dd { (figure.definition) } } }
    }
}

/// Each source once, with the figures that are taken from it.
fn sources(figures: &[(&str, &[&str])]) -> Markup {
    let mut sources: Vec<(&str, Vec<&str>)> = Vec::new();
    for (table, columns) in figures {
        for figure in columns.iter().filter_map(|column| measure(table, column)) {
            let Some(source) = figure.source else { continue };
            match sources.iter_mut().find(|(known, _)| *known == source) {
                Some((_, titles)) => titles.push(figure.title),
                None => sources.push((source, vec![figure.title])),
            }
        }
    }
    html! {
        @if !sources.is_empty() {
            h3 { "Sources" }
            dl { @for (source, titles) in sources { dt { (titles.join(", ")) } dd { (source) "." } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{recap, review};
    use colloquy_transcript::measure::measure;

    #[test]
    fn figures_of_the_pages_are_defined() {
        for (table, columns) in recap::COUNTED.iter().chain(review::COUNTED) {
            for column in *columns {
                assert!(measure(table, column).is_some(), "{table}.{column}");
            }
        }
    }
}
