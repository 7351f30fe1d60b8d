use colloquy_transcript::AuthorId;

use super::*;

#[test]
fn garbled_text_is_put_right_and_nothing_else_is() {
    for (text, expected) in [
        ("caf\u{c3}\u{a9} it\u{e2}\u{20ac}\u{2122}s", "café it’s"),
        ("we\u{2030}\u{db}\u{aa}ll", "we’ll"),
        ("\u{2030}\u{db}\u{cf}leeks", "“leeks"),
        ("leeks\u{2030}\u{db}\u{9d}", "leeks”"),
        ("more\u{e5}\u{ca}\u{2030}\u{db}_ #x", "more\u{a0}… #x"),
        ("\u{f0}\u{178}\u{2dc}\u{20ac} leeks", "😀 leeks"),
        ("\u{c2}\u{a3}5", "£5"),
        ("\u{e2}\u{20ac}\u{201c} yes", "– yes"),
    ] {
        assert_eq!(repaired(text), expected, "{text}");
    }
    for text in [
        "plain",
        "été à la carte",
        "NÃO É ASSIM",
        "CAFÉ™",
        "“quoted” … – it’s",
        "日本語のチャット",
        "Привет, мир",
        "😀🎉",
        "«Élan»",
        "naïve coöperation",
        "ÀÉÎÕÜ",
        "Ã",
        "£5 ½ ©",
        "ÜBER™",
    ] {
        assert!(matches!(repaired(text), Cow::Borrowed(_)), "{text} became {}", repaired(text));
    }
}

#[test]
fn text_tells_what_a_post_is() {
    for (text, mark) in [
        ("RT @bea: leeks", Mark::Repost),
        ("RT @bea leeks", Mark::Repost),
        ("RT@bea: leeks", Mark::None),
        ("A1 leeks RT @bea: what?", Mark::None),
        ("RT this", Mark::None),
        ("@bea leeks", Mark::Directed),
        (".@bea leeks", Mark::None),
        ("@ the market", Mark::None),
        ("", Mark::None),
    ] {
        assert_eq!(marks(text), mark, "{text}");
    }
}

fn post(text: &str) -> Post {
    let mut author = Author::unknown(AuthorId::from_full("x:@bea"));
    author.handle = Some("Bea".into());
    let at = "2019-05-08T19:05:09Z".parse().unwrap();
    Post::original(post_id(&author, at, text), at, author, text.to_owned())
}

#[test]
fn lists_are_found_in_the_text() {
    let mut post = post(
        "A1 @cleo, see (https://seeds.example/a_(b)). #GardenChat me@x.example https://t.co/ab…",
    );
    fill_lists(&mut post, [true; 3]);
    assert_eq!(post.hashtags, ["GardenChat"]);
    assert_eq!(post.mentions, ["cleo"]);
    assert_eq!(post.urls, ["https://seeds.example/a_(b)"]);
}

#[test]
fn the_same_words_are_the_same_post() {
    let one = post("A1: Leeks  and peas https://t.co/a #gardenchat");
    let other = post("a1: leeks and peas https://seeds.example #GardenChat");
    assert_eq!(one.id, post("a1: leeks and peas https://t.co/a #GardenChat").id);
    assert_ne!(one.id, other.id);
    assert_eq!(content_hash(&one), content_hash(&other));
    assert_ne!(post("A1 … of leeks").id, post("A1 … of peas").id);
    assert!(is_derived(&one.id));
    assert_ne!(one.id, post("A1: leeks").id);
    let mut later = other;
    later.created_at = "2019-05-08T19:05:50Z".parse().unwrap();
    assert_eq!(content_hash(&one), content_hash(&later));
}
