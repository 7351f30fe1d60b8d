//! Enums of the model that travel as words.

use crate::{
    AnswerBasis, Band, Basis, Class, CoverageState, Format, LangSource, Origin, PostKind, Role,
};

/// An enum of the model whose variants travel as words.
pub(super) trait Word: Copy + 'static {
    /// Every variant.
    const ALL: &'static [Self];

    /// The variant's word.
    fn name(self) -> &'static str;
}

macro_rules! words {
    ($($name:ident { $($variant:ident),+ })+) => {$(
        impl Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn name(self) -> &'static str {
                // A variant that is missing above does not compile here.
                match self { $(Self::$variant => self.as_str(),)+ }
            }
        }
    )+};
}

words! {
    PostKind { Original, Reply, Quote, Repost }
    CoverageState { Watched, Gap, Healed }
    Role { Question, Answer, Moderation, Talk, Repost }
    AnswerBasis { Label, Reply, Quote, Context }
    LangSource { Platform, Detected }
    Band { Flag, Watch, None }
    Class { Amplifier, Talker, Answerer }
    Origin { Scheduled, Discovered }
    Format { Qa, Free }
    Basis { Registry, Decision, Inferred }
}
