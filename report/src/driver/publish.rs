//! Views to files: which file holds what.

use colloquy_transcript::{ChatName, SessionId, percent_encode};

use crate::{
    ReportError,
    lake::{self, ChatTables, files::Store, schema::Table},
    page,
    view::{ChatView, SessionView},
};

/// Folder of what may be published.
const PUBLIC: &str = "public";
/// Folder of what is for moderators.
const MODERATORS: &str = "moderators";

fn page_path(folder: &str, chat: &ChatName, session: SessionId) -> String {
    let chat = percent_encode(chat.as_str());
    let session = percent_encode(&session.to_compact());
    format!("{folder}/{chat}/{session}.html")
}

/// Writes everything of one session aside. A week outside sessions has no recap, and a review only
/// if something in it is flagged.
pub(super) fn session(store: &mut Store, view: &SessionView) -> Result<(), ReportError> {
    for file in lake::session_files(view)? {
        store.put(&file.path, &file.bytes)?;
    }
    let (chat, session) = (&view.record.chat, view.record.session);
    let meeting = session.is_meeting();
    if meeting {
        store.put(&page_path(PUBLIC, chat, session), page::recap(view).as_bytes())?;
    }
    let review = page_path(MODERATORS, chat, session);
    if meeting || view.record.flags > 0 {
        store.put(&review, page::review(view).as_bytes())
    } else {
        // An earlier revision may have had flags.
        store.remove(&review)
    }
}

/// Removes everything of a session that is gone.
pub(super) fn gone(
    store: &mut Store,
    chat: &ChatName,
    session: SessionId,
) -> Result<(), ReportError> {
    for table in Table::OF_SESSION {
        store.remove(&lake::session_path(table, chat, session))?;
    }
    store.remove(&page_path(PUBLIC, chat, session))?;
    store.remove(&page_path(MODERATORS, chat, session))
}

/// Writes a chat's own tables aside.
pub(super) fn chat(store: &mut Store, tables: &ChatTables<'_>) -> Result<(), ReportError> {
    for file in lake::chat_files(tables)? {
        store.put(&file.path, &file.bytes)?;
    }
    Ok(())
}

/// Writes the pages over all chats aside.
pub(super) fn overview(store: &mut Store, chats: &[ChatView]) -> Result<(), ReportError> {
    store.put("index.html", page::index(chats).as_bytes())?;
    store.put("public/index.html", page::directory(chats).as_bytes())?;
    store.put("moderators/index.html", page::moderators_index(chats).as_bytes())
}
