//! One operation: a route as callers see it.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use slipway_contract::ErrorCode;
use slipway_domain::ApiScope;

use crate::parameter::Parameter;

/// A route as callers see it.
#[derive(Debug)]
pub struct Operation {
    /// Its name in generated clients.
    pub id: &'static str,
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The path as the router has it.
    pub path: &'static str,
    /// What a caller needs.
    pub needs: Needs,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What else there is to know.
    pub(crate) about: &'static str,
    pub(crate) query: Vec<Parameter>,
    pub(crate) body: Body,
    /// What it answers when it does what it is asked for.
    pub(crate) answers: Vec<Answer>,
    /// The error codes that do not follow from what it takes.
    pub(crate) codes: Vec<ErrorCode>,
    /// Whether it takes an `Idempotency-Key`.
    pub(crate) takes_key: bool,
}

/// What a caller needs for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A key with this scope.
    Scope(ApiScope),
    /// A key without restrictions.
    Unrestricted,
    /// A key, whatever it may do.
    AnyKey,
    /// Nothing.
    Nothing,
    /// TikTok's signature of the body.
    Signature,
}

/// Gives the schema of a type.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What an operation reads besides its address.
#[derive(Debug)]
pub(crate) enum Body {
    /// Nothing.
    Nothing,
    /// A JSON object, which may be left out if none of its fields is required.
    Json { schema: SchemaOf, required: bool },
    /// A form with a file of at most so many bytes.
    File { about: &'static str, most: usize },
}

/// What an operation answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) about: &'static str,
    pub(crate) content: Content,
}

/// What an answer holds.
#[derive(Debug)]
pub(crate) enum Content {
    /// Nothing.
    Nothing,
    /// JSON.
    Json(SchemaOf),
    /// Another type, such as a page.
    Other(&'static str),
    /// Nothing but the address of where to go on.
    Location,
}

impl From<ApiScope> for Needs {
    fn from(scope: ApiScope) -> Self {
        Self::Scope(scope)
    }
}

macro_rules! methods {
    ($($(#[$doc:meta])* $function:ident $method:literal),+) => {
        $(
            $(#[$doc])*
            pub(crate) fn $function(
                id: &'static str,
                path: &'static str,
                needs: impl Into<Needs>,
                summary: &'static str,
            ) -> Operation {
                Operation::new(id, ($method, path), needs.into(), summary)
            }
        )+
    };
}

methods! {
    /// A GET.
    get "GET",
    /// A POST.
    post "POST",
    /// A PATCH.
    patch "PATCH",
    /// A DELETE.
    delete "DELETE"
}

impl Operation {
    fn new(
        id: &'static str,
        (method, path): (&'static str, &'static str),
        needs: Needs,
        summary: &'static str,
    ) -> Self {
        Self {
            id,
            method,
            path,
            needs,
            summary,
            about: "",
            query: Vec::new(),
            body: Body::Nothing,
            answers: Vec::new(),
            codes: Vec::new(),
            takes_key: false,
        }
    }

    /// Says more about it.
    pub(crate) fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// It reads these parameters of the query.
    pub(crate) fn query(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.query.extend(parameters);
        self
    }

    /// It reads a JSON object that must be there.
    pub(crate) fn json<T: JsonSchema>(self) -> Self {
        Self { body: Body::Json { schema: SchemaGenerator::subschema_for::<T>, required: true }, ..self }
    }

    /// It reads a JSON object that may be left out.
    pub(crate) fn json_if_any<T: JsonSchema>(self) -> Self {
        Self { body: Body::Json { schema: SchemaGenerator::subschema_for::<T>, required: false }, ..self }
    }

    /// It reads a file.
    pub(crate) fn file(self, about: &'static str, most: usize) -> Self {
        Self { body: Body::File { about, most }, ..self }
    }

    /// It answers JSON.
    pub(crate) fn answers<T: JsonSchema>(self, status: u16, about: &'static str) -> Self {
        self.answer(status, about, Content::Json(SchemaGenerator::subschema_for::<T>))
    }

    /// It answers without a body.
    pub(crate) fn no_content(self, about: &'static str) -> Self {
        self.answer(204, about, Content::Nothing)
    }

    pub(crate) fn answer(mut self, status: u16, about: &'static str, content: Content) -> Self {
        self.answers.push(Answer { status, about, content });
        self
    }

    /// It may refuse with these codes, besides those that follow from what it takes.
    pub(crate) fn refuses(mut self, codes: &[ErrorCode]) -> Self {
        self.codes.extend_from_slice(codes);
        self
    }

    /// Whether it answers a JSON object when all is well.
    pub(crate) fn answers_json(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer.content, Content::Json(_)))
    }

    /// It takes an `Idempotency-Key`: a repeat gets the first answer again, as long as that is kept.
    pub(crate) fn once(self) -> Self {
        Self { takes_key: true, ..self }.refuses(&[ErrorCode::Conflict])
    }

    /// It takes an `Idempotency-Key`: a repeat is answered with what the first request made, as that is now.
    pub(crate) fn once_as_it_is_now(self) -> Self {
        Self { takes_key: true, ..self }.refuses(&[ErrorCode::Gone])
    }
}
