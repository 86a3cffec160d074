//! How much is answered, and how much of what came is repeated in an answer.

/// The most items of a page.
pub const ITEMS_PER_PAGE: usize = 100;
/// The items of a page, unless the caller says how many.
pub const ITEMS_BY_DEFAULT: usize = 50;
/// The same for posts.
pub const POSTS_BY_DEFAULT: usize = 25;
/// After how many bytes a page of a list ends. An answer of Lambda has 6 MB at most ("Lambda quotas"), and in it a page
/// is a JSON string, in which each quote, backslash and line's end of the page takes two bytes.
pub const LONGEST_PAGE: usize = 3_000_000;
/// The most problems that are listed one by one; the first of them says how many there are.
pub const PROBLEMS_PER_ANSWER: usize = 100;
/// The most names that are listed one by one, of those that are unknown or there twice: a body of nothing else must not
/// become an answer of its size.
pub const NAMES_PER_ANSWER: usize = 20;
/// How much of a name or a text of the caller's is repeated, in characters.
pub const LONGEST_QUOTATION: usize = 60;
/// The same of what should be an id: more than the longest id has.
pub const LONGEST_QUOTED_ID: usize = 80;
/// The longest path of a field that is named, in characters: its names may be the caller's own.
pub const LONGEST_FIELD: usize = 200;
/// The longest sentence about a problem, in characters. What a caller sent is never repeated at its length.
pub const LONGEST_SENTENCE: usize = 1000;
/// The longest sentence about a row of an imported file, in characters.
pub const LONGEST_ROW_SENTENCE: usize = 400;
/// The most warnings about the rows of an imported file.
pub const WARNINGS_PER_IMPORT: usize = 100;
/// The most posts that are named where media can't be deleted because of them.
pub const POSTS_PER_REFUSAL: usize = 10;
/// The longest answer that is kept for a repeated request, in bytes. An item of DynamoDB has at most 400 kB.
pub const LONGEST_KEPT_ANSWER: usize = 350_000;
/// The longest answer of a tool that is told twice, as MCP wants it, in bytes: in the text there is a backslash before each
/// quote, and all of it has to fit into an answer of Lambda.
pub const LONGEST_TOOL_TEXT: usize = 1_500_000;
/// The longest that a call of a tool may be asked to wait, in seconds. An answer must be there when API Gateway gives up,
/// after 30 s.
pub const LONGEST_TOOL_WAIT: u64 = 20;
