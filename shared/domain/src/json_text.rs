//! JSON that is passed on as it is.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// JSON as the text that it was written in. What an event tells is written once, and then stored, sent and answered as it
/// stands: nobody on the way builds values out of it, and numbers keep their form. `Debug` does not show it.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct JsonText(#[cfg_attr(feature = "schema", schemars(with = "serde_json::Value"))] Box<RawValue>);

impl JsonText {
    /// The text of this value.
    ///
    /// # Errors
    ///
    /// The value says that it can't be written.
    pub fn of(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// This text.
    ///
    /// # Errors
    ///
    /// It is not JSON.
    pub fn parse(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    /// What it says, as far as this type wants to know.
    ///
    /// # Errors
    ///
    /// It says something else.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

/// `null`.
impl Default for JsonText {
    fn default() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

/// By the text: the same values written in another way are another text.
impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for JsonText {}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(..)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_text_is_passed_on_as_it_is_and_not_printed() {
        let text = r#"{"b":1.50,"a":9007199254740993}"#;
        let json = JsonText::parse(text.to_owned()).unwrap();
        let within = serde_json::to_string(&[Some(&json)]).unwrap();
        assert_eq!(within, format!("[{text}]"));
        assert_eq!(serde_json::from_str::<[Option<JsonText>; 1]>(&within).unwrap(), [Some(json.clone())]);
        assert_eq!(format!("{json:?}"), "(..)");
        assert_eq!(json.read::<Value>().unwrap()["a"], 9_007_199_254_740_993_u64);
    }

    #[test]
    fn what_is_no_json_is_none() {
        for text in ["", "{", "{} {}", "nul"] {
            assert!(JsonText::parse(text.to_owned()).is_err(), "{text}");
        }
        assert_eq!(JsonText::default(), JsonText::of(&()).unwrap());
    }
}
