//! CloudFormation's intrinsic functions.

use serde_json::{Map, Value as Json};
use serde_norway::Value as Yaml;

use super::names::ACCOUNT_ID;
use super::{Kind, Names, Template, TemplateError, scalar};

/// Deeper nesting than any real template has; ends a name that refers to itself.
const MAX_DEPTH: usize = 64;

/// Turns a value of the template into plain JSON: all functions carried out, all references followed.
#[derive(Clone, Copy)]
pub(super) struct Resolver<'a> {
    pub(super) template: &'a Template,
    pub(super) names: &'a Names,
    pub(super) depth: usize,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(template: &'a Template, names: &'a Names) -> Self {
        Self { template, names, depth: 0 }
    }

    /// The value as JSON; `None` where it is `AWS::NoValue`. `place` names it in errors.
    pub(super) fn resolve(&self, value: &Yaml, place: &str) -> Result<Option<Json>, TemplateError> {
        if self.depth > MAX_DEPTH {
            return Err(TemplateError::at(place, "it is nested too deeply, or refers to itself"));
        }
        let inner = Self { depth: self.depth + 1, ..*self };
        if let Some((function, argument)) = intrinsic(value) {
            return inner.call(&function, argument, place);
        }
        Ok(Some(match value {
            Yaml::Null => Json::Null,
            Yaml::Bool(flag) => Json::from(*flag),
            Yaml::Number(_) => to_json(value, place)?,
            Yaml::String(text) => Json::from(text.as_str()),
            Yaml::Sequence(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    list.extend(inner.resolve(item, &format!("{place}[{index}]"))?);
                }
                Json::Array(list)
            }
            Yaml::Mapping(entries) => {
                let mut object = Map::new();
                for (key, entry) in entries {
                    let key = text(key).ok_or_else(|| TemplateError::at(place, "a key is not a string"))?;
                    if let Some(entry) = inner.resolve(entry, &format!("{place}.{key}"))? {
                        object.insert(key, entry);
                    }
                }
                Json::Object(object)
            }
            Yaml::Tagged(tagged) => {
                return Err(TemplateError::at(place, format!("{} is not supported by the local stack", tagged.tag)));
            }
        }))
    }

    fn call(&self, function: &str, argument: &Yaml, place: &str) -> Result<Option<Json>, TemplateError> {
        let wrong = |usage: &str| TemplateError::at(place, format!("{function} is to be used as {usage}"));
        match function {
            "Ref" => {
                let name = text(argument).ok_or_else(|| wrong("!Ref Name"))?;
                self.reference(&name, place)
            }
            "GetAtt" => {
                let path = match argument {
                    Yaml::Sequence(parts) => parts.iter().filter_map(text).collect::<Vec<_>>().join("."),
                    other => text(other).unwrap_or_default(),
                };
                let (resource, attribute) = path.split_once('.').ok_or_else(|| wrong("!GetAtt Resource.Attribute"))?;
                self.attribute(resource, attribute, place).map(|value| Some(Json::from(value)))
            }
            "Sub" => self.substitute(argument, place).map(|value| Some(Json::from(value))),
            "If" => {
                let [condition, then, otherwise] = arguments(argument).ok_or_else(|| wrong("!If [Condition, a, b]"))?;
                let condition = text(condition).ok_or_else(|| wrong("!If [Condition, a, b]"))?;
                let chosen = if self.condition(&condition, place)? { then } else { otherwise };
                self.resolve(chosen, place)
            }
            "Join" => {
                let [delimiter, items] = arguments(argument).ok_or_else(|| wrong("!Join [delimiter, [items]]"))?;
                let delimiter = text(delimiter).ok_or_else(|| wrong("!Join [delimiter, [items]]"))?;
                let items = self.list(items, place)?;
                let items: Option<Vec<_>> = items.iter().map(scalar).collect();
                let items = items.ok_or_else(|| TemplateError::at(place, "Join takes strings only"))?;
                Ok(Some(Json::from(items.join(&delimiter))))
            }
            "Select" => {
                let [index, items] = arguments(argument).ok_or_else(|| wrong("!Select [index, [items]]"))?;
                let index =
                    self.string(index, place)?.parse::<usize>().map_err(|_| wrong("!Select [index, [items]]"))?;
                let items = self.list(items, place)?;
                let item = items.get(index).cloned();
                item.map(Some).ok_or_else(|| TemplateError::at(place, format!("Select: there is no item {index}")))
            }
            "Split" => {
                let [delimiter, whole] = arguments(argument).ok_or_else(|| wrong("!Split [delimiter, string]"))?;
                let delimiter = text(delimiter).ok_or_else(|| wrong("!Split [delimiter, string]"))?;
                let whole = self.string(whole, place)?;
                Ok(Some(whole.split(delimiter.as_str()).map(Json::from).collect()))
            }
            "FindInMap" => {
                let [map, first, second] = arguments(argument).ok_or_else(|| wrong("!FindInMap [Map, a, b]"))?;
                let path = [self.string(map, place)?, self.string(first, place)?, self.string(second, place)?];
                let found = path.iter().try_fold(&self.template.mappings, |value, key| value.get(key.as_str()));
                let found =
                    found.ok_or_else(|| TemplateError::at(place, format!("Mappings has no {}", path.join("."))))?;
                self.resolve(found, place)
            }
            other => Err(TemplateError::at(place, format!("{other} is not supported by the local stack"))),
        }
    }

    fn reference(&self, name: &str, place: &str) -> Result<Option<Json>, TemplateError> {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = self.template.parameters.get(name) {
            return Ok(Some(value.clone()));
        }
        let value = match name {
            "AWS::Region" => self.names.region.clone(),
            "AWS::AccountId" => ACCOUNT_ID.to_owned(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => "slipway".to_owned(),
            "AWS::StackId" => format!("arn:aws:cloudformation:{}:{ACCOUNT_ID}:stack/slipway/local", self.names.region),
            resource if self.kind(resource, place)? == Kind::Queue => self.queue_url(resource, place)?,
            resource => self.physical_name(resource, place)?,
        };
        Ok(Some(Json::from(value)))
    }

    fn attribute(&self, resource: &str, attribute: &str, place: &str) -> Result<String, TemplateError> {
        let kind = self.kind(resource, place)?;
        let name = self.physical_name(resource, place)?;
        Ok(match (kind, attribute) {
            (Kind::HttpApi, "ApiEndpoint") => self.names.api_url.clone(),
            (Kind::HttpApi, "ApiId")
            | (Kind::Queue, "QueueName")
            | (Kind::Key, "KeyId")
            | (Kind::Distribution, "Id") => name,
            (Kind::Queue, "QueueUrl") => self.queue_url(resource, place)?,
            (Kind::Distribution, "DomainName") => format!("{}.cloudfront.net", name.to_lowercase()),
            (Kind::Bucket, "DomainName") => format!("{name}.s3.amazonaws.com"),
            (Kind::Bucket, "RegionalDomainName") => format!("{name}.s3.{}.amazonaws.com", self.names.region),
            (Kind::Table, "StreamArn") => format!("{}/stream/local", kind.arn(&self.names.region, &name)),
            (_, "Arn") => kind.arn(&self.names.region, &name),
            _ => {
                let problem = format!("the local stack knows no attribute {attribute} of {resource}");
                return Err(TemplateError::at(place, problem));
            }
        })
    }

    fn substitute(&self, argument: &Yaml, place: &str) -> Result<String, TemplateError> {
        let (pattern, variables) = match argument {
            Yaml::Sequence(parts) if parts.len() == 2 => (text(&parts[0]), Some(&parts[1])),
            other => (text(other), None),
        };
        let pattern = pattern.ok_or_else(|| TemplateError::at(place, "Sub takes a string"))?;
        let mut result = String::with_capacity(pattern.len());
        let mut rest = pattern.as_str();
        while let Some(start) = rest.find("${") {
            let end = rest[start..].find('}').map(|end| start + end);
            let end = end.ok_or_else(|| TemplateError::at(place, "Sub: a ${ is never closed"))?;
            result.push_str(&rest[..start]);
            let name = rest[start + 2..end].trim();
            rest = &rest[end + 1..];
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
            } else if let Some(value) = variables.and_then(|variables| variables.get(name)) {
                result.push_str(&self.string(value, place)?);
            } else if let Some((resource, attribute)) = name.split_once('.') {
                result.push_str(&self.attribute(resource, attribute, place)?);
            } else {
                let value = self.reference(name, place)?.as_ref().and_then(scalar);
                let value = value.ok_or_else(|| TemplateError::at(place, format!("Sub: {name} is not a string")))?;
                result.push_str(&value);
            }
        }
        result.push_str(rest);
        Ok(result)
    }

    /// Whether the named condition of the template's `Conditions` holds.
    pub(super) fn condition(&self, name: &str, place: &str) -> Result<bool, TemplateError> {
        let rule = self.template.conditions.get(name);
        let rule = rule.ok_or_else(|| TemplateError::at(place, format!("there is no condition {name}")))?;
        self.holds(rule, &format!("Conditions.{name}"))
    }

    fn holds(&self, rule: &Yaml, place: &str) -> Result<bool, TemplateError> {
        if self.depth > MAX_DEPTH {
            return Err(TemplateError::at(place, "it refers to itself"));
        }
        let inner = Self { depth: self.depth + 1, ..*self };
        let unknown = || TemplateError::at(place, "a condition is Equals, And, Or, Not or Condition");
        let (function, argument) = intrinsic(rule).ok_or_else(unknown)?;
        let each = || argument.as_sequence().ok_or_else(unknown);
        match function.as_str() {
            "Equals" => {
                let [left, right] = arguments(argument).ok_or_else(unknown)?;
                Ok(inner.string(left, place)? == inner.string(right, place)?)
            }
            "Not" => {
                let [rule] = arguments(argument).ok_or_else(unknown)?;
                inner.holds(rule, place).map(|holds| !holds)
            }
            "And" => each()?.iter().try_fold(true, |all, rule| Ok(inner.holds(rule, place)? && all)),
            "Or" => each()?.iter().try_fold(false, |any, rule| Ok(inner.holds(rule, place)? || any)),
            "Condition" => inner.condition(&text(argument).ok_or_else(unknown)?, place),
            _ => Err(unknown()),
        }
    }

    /// The name a resource has in the local stack: the template's own, or one made from its logical id.
    pub(super) fn physical_name(&self, logical_id: &str, place: &str) -> Result<String, TemplateError> {
        let kind = self.kind(logical_id, place)?;
        let fixed = kind
            .name_property()
            .and_then(|property| Some((property, self.template.resources.get(logical_id)?.properties.get(property)?)));
        match fixed {
            Some((property, value)) => self.string(value, &format!("{logical_id}.{property}")),
            None => Ok(kind.default_name(logical_id)),
        }
    }

    fn kind(&self, logical_id: &str, place: &str) -> Result<Kind, TemplateError> {
        let Some(resource) = self.template.resources.get(logical_id) else {
            let problem = format!("{logical_id} is neither a parameter nor a resource of this template");
            return Err(TemplateError::at(place, problem));
        };
        Kind::of(&resource.kind).ok_or_else(|| {
            let problem = format!("it refers to {logical_id}, a {}, which the local stack does not run", resource.kind);
            TemplateError::at(place, problem)
        })
    }

    fn queue_url(&self, logical_id: &str, place: &str) -> Result<String, TemplateError> {
        let url = self.names.queue_urls.get(logical_id).cloned();
        url.ok_or_else(|| TemplateError::at(place, format!("the URL of {logical_id} is not known here")))
    }

    pub(super) fn string(&self, value: &Yaml, place: &str) -> Result<String, TemplateError> {
        let value = self.resolve(value, place)?;
        value.as_ref().and_then(scalar).ok_or_else(|| TemplateError::at(place, "it is not a string"))
    }

    fn list(&self, value: &Yaml, place: &str) -> Result<Vec<Json>, TemplateError> {
        match self.resolve(value, place)? {
            Some(Json::Array(items)) => Ok(items),
            _ => Err(TemplateError::at(place, "it is not a list")),
        }
    }
}

/// The function's name and argument if the value is a call, in the short form (`!Sub x`) or the long (`Fn::Sub: x`).
fn intrinsic(value: &Yaml) -> Option<(String, &Yaml)> {
    match value {
        Yaml::Tagged(tagged) => Some((tagged.tag.to_string().trim_start_matches('!').to_owned(), &tagged.value)),
        Yaml::Mapping(entries) if entries.len() == 1 => {
            let (key, argument) = entries.iter().next()?;
            let key = key.as_str()?;
            let name = match key {
                "Ref" | "Condition" => key,
                _ => key.strip_prefix("Fn::")?,
            };
            // `Condition` is also a key of policies; a call has a plain name there.
            (name != "Condition" || argument.is_string()).then(|| (name.to_owned(), argument))
        }
        _ => None,
    }
}

fn arguments<const N: usize>(value: &Yaml) -> Option<[&Yaml; N]> {
    let items: Vec<&Yaml> = value.as_sequence()?.iter().collect();
    items.try_into().ok()
}

fn text(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Number(number) => Some(number.to_string()),
        Yaml::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn to_json(value: &Yaml, place: &str) -> Result<Json, TemplateError> {
    serde_json::to_value(value).map_err(|error| TemplateError::at(place, error.to_string()))
}
