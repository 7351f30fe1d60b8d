//! Rows of a table: the first byte chooses the header, the rest are rows.
#![no_main]

use colloquy_ingest::ReadOptions;
use libfuzzer_sys::fuzz_target;

mod check;

/// Headers of the tables that are known by name, one without a name, and one between tabs with line
/// ends of an old Macintosh.
const HEADERS: [&str; 15] = [
    "created_at,id,hashtags,media,urls,in_reply_to_status_id,text,tweet_url,user_screen_name\n",
    "id,author_id,created_at,text,public_metrics.like_count,author.username,referenced_tweets,\
     edit_history_tweet_ids,entities.hashtags,entities.urls\r\n",
    "id_str,from_user,text,created_at,time,in_reply_to_user_id_str,status_url,entities_str\n",
    "status_id,created_at,user_id,screen_name,text,is_quote,is_retweet,hashtags,urls_expanded_url,\
     account_created_at,followers_count\n",
    "Date,Screen Name,Full Name,Tweet Text,Tweet ID,Link(s),App,Followers,Favorites\n",
    "time,username,text\n",
    "id,thread_id,timestamp,body,author,author_fullname,link,is_retweet,hashtags\n",
    "id,time,created_at,from_user_name,from_user_realname,text,lang,source,to_user_name\n",
    "id\tconversation_id\tdate\ttime\ttimezone\tusername\tname\ttweet\treplies_count\treply_to\n",
    "username;date;retweets;favorites;text;geo;mentions;hashtags;id;permalink\n",
    "tweet_id,user_username,text,author_id,created_at,sourcetweet_type,sourcetweet_id,sourcetweet_text\n",
    "tweet_id,in_reply_to_status_id,timestamp,source,text,retweeted_status_id,expanded_urls\n",
    "id,author_id,conversation_id,created_at,text\n",
    "Author;Post;Created;Link;Tags;Likes\n",
    "text\tcreated_at\tauthor_handle\tprotected\tquoted_status_id\tlang\r",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rows)) = bytes.split_first() else { return };
    let mut table = HEADERS[usize::from(*first) % HEADERS.len()].as_bytes().to_vec();
    table.extend_from_slice(rows);
    check::file(&table, &ReadOptions::default());
});
