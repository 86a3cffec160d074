//! What header fields of a form say, in whatever way clients write them.

use http::HeaderValue;

/// The longest boundary, in characters (RFC 2046, section 5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// The content type of a form as every reader takes it: names in lower case, the boundary in quotes. Without them `=`,
/// which many clients put into it, can't stand there.
pub(super) fn content_type(given: &HeaderValue) -> Option<HeaderValue> {
    let given = given.to_str().ok()?;
    let essence = given.split(';').next()?.trim();
    let boundary = parameter(given, "boundary")?;
    let fits = (1..=LONGEST_BOUNDARY).contains(&boundary.len()) && !boundary.contains(['"', '\\']);
    if !essence.eq_ignore_ascii_case("multipart/form-data") || !fits {
        return None;
    }
    HeaderValue::from_str(&format!("multipart/form-data; boundary=\"{boundary}\"")).ok()
}

/// A parameter of a header field, by its name in any case. Of twins the first counts.
pub(super) fn parameter(field: &str, name: &str) -> Option<String> {
    let mut rest = field.split_once(';')?.1;
    loop {
        let (given, behind) = rest.split_once('=')?;
        // One without a value ends where the next begins.
        let given = given.rsplit(';').next().unwrap_or_default().trim();
        let (value, behind) = value(behind.trim_start());
        if given.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = behind.split_once(';')?.1;
    }
}

/// A value and what comes behind it. In quotes only a quote is escaped: some clients send `C:\video.mp4`.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, behind) = text.split_at(text.find(';').unwrap_or(text.len()));
        return (value.trim_end().to_owned(), behind);
    };
    let is_end = |(at, _): &(usize, &str)| !quoted[..*at].ends_with('\\');
    let end = quoted.match_indices('"').find(is_end).map_or(quoted.len(), |(at, _)| at);
    (quoted[..end].replace("\\\"", "\""), quoted.get(end + 1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_found_however_it_is_written() {
        for (field, name, value) in [
            ("form-data; name=file; filename=video.mp4", "name", Some("file")),
            ("form-data; Name=\"file\"; FileName=\"video.mp4\"", "filename", Some("video.mp4")),
            ("form-data;filename=\"name=x; a\";name=\"file\"", "name", Some("file")),
            ("form-data; filename=\"a\\\"b.mp4\" ; name = file ", "name", Some("file")),
            ("form-data; filename=\"a\\\"b.mp4\"", "filename", Some("a\"b.mp4")),
            ("form-data; filename=\"C:\\dir\\video.mp4\"", "filename", Some("C:\\dir\\video.mp4")),
            ("form-data; odd; name=file", "name", Some("file")),
            ("form-data; filename=\"ü.mp4\"", "filename", Some("ü.mp4")),
            ("form-data; name=\"never ends", "name", Some("never ends")),
            ("form-data; name=", "name", Some("")),
            ("form-data; xname=file", "name", None),
            ("form-data", "name", None),
            ("name=file", "name", None),
            ("", "name", None),
        ] {
            assert_eq!(parameter(field, name).as_deref(), value, "{field}");
        }
    }

    #[test]
    fn a_boundary_may_have_any_character_and_its_name_any_case() {
        for (given, taken) in [
            ("multipart/form-data; boundary=abc", Some("abc")),
            ("Multipart/Form-Data; Boundary=abc", Some("abc")),
            ("multipart/form-data; boundary=----=_Part_1_2.3", Some("----=_Part_1_2.3")),
            ("multipart/form-data; boundary=\"a=b:c d\"", Some("a=b:c d")),
            ("multipart/form-data; charset=utf-8; boundary=abc;", Some("abc")),
            ("multipart/form-data; boundary=", None),
            ("multipart/form-data", None),
            ("multipart/mixed; boundary=abc", None),
            ("application/json", None),
        ] {
            let expected = taken.map(|boundary| format!("multipart/form-data; boundary=\"{boundary}\""));
            let found = content_type(&HeaderValue::from_str(given).unwrap());
            assert_eq!(found.as_ref().and_then(|value| value.to_str().ok()), expected.as_deref(), "{given}");
        }
        let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        assert_eq!(content_type(&HeaderValue::from_str(&long).unwrap()), None);
    }

    proptest::proptest! {
        #[test]
        fn no_field_is_too_odd_to_be_read(field in "(form-data)?[;=\"\\\\ na]{0,20}.{0,20}") {
            let _ = (parameter(&field, "name"), parameter(&field, "n"));
        }
    }
}
