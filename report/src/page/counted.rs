//! What the figures of a page count, in the words of [`colloquy_transcript::measure`].

use colloquy_transcript::measure::{Measure, measure};
use maud::{Markup, html};

/// What a table's figures are about, as a heading.
const HEADINGS: [(&str, &str); 4] = [
    ("sessions", "The session"),
    ("recap", "This page"),
    ("participation", "Each question"),
    ("attendance", "Each person"),
];

/// The figures of a page by table, folded away; nothing where there are none.
pub(super) fn details(figures: &[(&str, &[&str])]) -> Markup {
    html! {
        @if !figures.is_empty() {
            details #counted {
                summary { "How this is counted" }
                @for (table, columns) in figures {
                    @if let Some((_, heading)) = HEADINGS.iter().find(|(of, _)| of == table) {
                        h3 { (heading) }
                    }
                    (definitions(table, columns))
                }
            }
        }
    }
}

/// Figures of one table, each with its sentence.
pub(super) fn definitions(table: &str, columns: &[&str]) -> Markup {
    let figures = columns.iter().filter_map(|column| measure(table, column));
    html! {
        dl { @for figure in figures { dt { (figure.title) } dd { (sentence(figure)) } } }
    }
}

/// The sentence, and the source where there is one.
fn sentence(figure: &Measure) -> Markup {
    html! {
        (figure.definition)
        @if let Some(source) = figure.source { " " span.source { "After " (source) "." } }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{recap, review};
    use super::HEADINGS;
    use colloquy_transcript::measure::measure;

    #[test]
    fn figures_of_the_pages_are_defined() {
        for (table, columns) in recap::COUNTED.iter().chain(review::COUNTED) {
            assert!(HEADINGS.iter().any(|(of, _)| of == table), "{table}");
            for column in *columns {
                assert!(measure(table, column).is_some(), "{table}.{column}");
            }
        }
    }
}
