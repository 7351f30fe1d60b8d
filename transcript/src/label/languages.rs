//! The words for *question* and *answer* in the languages that chats are held in: one table.

/// One way to label: the words that announce a question, and those that announce an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// ISO 639-1 code; a language may stand in the table more than once.
    pub code: &'static str,
    /// Words before a question's number, in lower case; the first is what rooms write most.
    pub question: &'static [&'static str],
    /// Words before an answer's number, in lower case.
    pub answer: &'static [&'static str],
    /// What announces the last question without a number.
    pub last_question: &'static [&'static str],
}

/// English stands first: its letters are understood in every room. Beside it a room has at most
/// one other way, see [`super::Convention`].
pub const LANGUAGES: &[Language] = &[
    Language {
        code: "en",
        question: &["q", "question", "ques"],
        answer: &["a", "answer", "ans"],
        last_question: &["final q", "final question", "last q", "last question", "fq", "lq"],
    },
    Language { code: "en", question: &["t", "topic"], answer: &["a", "t"], last_question: &[] },
    Language {
        code: "es",
        question: &["p", "pregunta", "preg"],
        answer: &["r", "respuesta", "rta", "resp", "rp"],
        last_question: &["última pregunta", "ultima pregunta", "pregunta final"],
    },
    Language {
        code: "pt",
        question: &["p", "pergunta", "questão", "questao"],
        answer: &["r", "resposta", "resp", "rp"],
        last_question: &["última pergunta", "ultima pergunta", "pergunta final"],
    },
    Language {
        code: "ca",
        question: &["p", "pregunta"],
        answer: &["r", "resposta"],
        last_question: &["última pregunta", "darrera pregunta"],
    },
    Language {
        code: "fr",
        question: &["q", "question"],
        answer: &["r", "réponse", "reponse", "rép", "rep"],
        last_question: &["dernière question", "derniere question"],
    },
    Language {
        code: "it",
        question: &["d", "domanda"],
        answer: &["r", "risposta"],
        last_question: &["ultima domanda", "domanda finale"],
    },
    Language {
        code: "de",
        question: &["f", "frage"],
        answer: &["a", "antwort"],
        last_question: &["letzte frage", "abschlussfrage"],
    },
    Language {
        code: "nl",
        question: &["v", "vraag"],
        answer: &["a", "antwoord"],
        last_question: &["laatste vraag", "slotvraag"],
    },
    Language {
        code: "sv",
        question: &["f", "fråga", "fraga"],
        answer: &["s", "svar"],
        last_question: &["sista frågan"],
    },
    Language {
        code: "da",
        question: &["spm", "spørgsmål", "spørsmål", "sp"],
        answer: &["svar", "s"],
        last_question: &["sidste spørgsmål", "siste spørsmål"],
    },
    Language {
        code: "fi",
        question: &["k", "kysymys"],
        answer: &["v", "vastaus"],
        last_question: &["viimeinen kysymys"],
    },
    Language {
        code: "pl",
        question: &["p", "pytanie"],
        answer: &["o", "odpowiedź", "odp"],
        last_question: &["ostatnie pytanie"],
    },
    Language {
        code: "cs",
        question: &["o", "otázka", "otazka"],
        answer: &["odpověď", "odpoved", "a"],
        last_question: &["poslední otázka"],
    },
    Language {
        code: "tr",
        question: &["s", "soru"],
        answer: &["c", "cevap"],
        last_question: &["son soru"],
    },
    Language {
        code: "id",
        question: &["p", "t", "tanya", "pertanyaan"],
        answer: &["j", "jawab", "jawaban", "jwb"],
        last_question: &["pertanyaan terakhir"],
    },
    Language {
        code: "ms",
        question: &["s", "soalan"],
        answer: &["j", "jawapan"],
        last_question: &["soalan terakhir"],
    },
    Language {
        code: "el",
        question: &["ε", "ερώτηση", "ερωτηση"],
        answer: &["α", "απάντηση", "απαντηση"],
        last_question: &["τελευταία ερώτηση"],
    },
    Language {
        code: "ru",
        question: &["в", "вопрос"],
        answer: &["о", "ответ"],
        last_question: &["последний вопрос"],
    },
    Language {
        code: "ar",
        question: &["س", "سؤال", "السؤال"],
        answer: &["ج", "جواب", "الجواب"],
        last_question: &["السؤال الأخير"],
    },
    Language {
        code: "hi",
        question: &["प्रश्न", "सवाल"],
        answer: &["उत्तर", "जवाब"],
        last_question: &["आखिरी सवाल"],
    },
    Language {
        code: "ja",
        question: &["質問", "問", "ｑ"],
        answer: &["回答", "答え", "答", "ａ"],
        last_question: &["最後の質問"],
    },
    Language {
        code: "zh",
        question: &["问题", "問題", "问"],
        answer: &["回答", "答案", "答"],
        last_question: &["最后一个问题", "最後一個問題"],
    },
    Language {
        code: "ko",
        question: &["질문"],
        answer: &["답변", "대답", "답"],
        last_question: &["마지막 질문"],
    },
];

/// What announces the last answer without a number: `Final A`, answering a `Final Q`.
pub(super) const LAST_ANSWER: &[&str] = &["final a", "final answer", "last a", "last answer", "fa"];
