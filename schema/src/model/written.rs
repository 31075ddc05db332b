//! A contract as JSON, for the macro, which builds without serde. Tests hold it to what serde writes, letter by letter.

use crate::json::{double, quoted};
use crate::{
    Call, Carries, Channel, Contract, EnumValue, Event, Field, Format, History, JsonSchema, LiveQuery, NamedType, Object, Rules, Type,
};

impl Contract {
    /// The contract as JSON, from which serde reads it again.
    pub fn to_json(&self) -> String {
        let mut out = Writer { text: String::new() };
        out.begin('{');
        out.text("name", &self.name);
        out.list("types", &self.types, Writer::named_type);
        out.list("events", &self.events, Writer::event);
        out.list("channels", &self.channels, Writer::channel);
        if !self.live.is_empty() {
            out.list("live", &self.live, Writer::live_query);
        }
        if !self.calls.is_empty() {
            out.list("calls", &self.calls, Writer::call);
        }
        if !self.connection.is_empty() {
            out.key("connection");
            out.begin('{');
            out.maybe_type("opening", self.connection.opening.as_ref());
            out.maybe_type("greeting", self.connection.greeting.as_ref());
            out.maybe_type("state", self.connection.state.as_ref());
            out.end('}');
        }
        out.end('}');
        out.text
    }
}

struct Writer {
    text: String,
}

impl Writer {
    /// A comma, unless something has just begun.
    fn separate(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(['{', '[', ':']) {
            self.text.push(',');
        }
    }

    fn begin(&mut self, bracket: char) {
        self.separate();
        self.text.push(bracket);
    }

    fn end(&mut self, bracket: char) {
        self.text.push(bracket);
    }

    /// JSON as it is.
    fn raw(&mut self, json: &str) {
        self.separate();
        self.text.push_str(json);
    }

    fn key(&mut self, key: &str) {
        self.raw(&quoted(key));
        self.text.push(':');
    }

    fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        self.raw(&quoted(text));
    }

    fn maybe_text(&mut self, key: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn format(&mut self, format: Option<Format>) {
        if let Some(format) = format {
            self.text("format", format.name());
        }
    }

    fn count(&mut self, key: &str, count: Option<u32>) {
        if let Some(count) = count {
            self.whole(key, count.into());
        }
    }

    fn whole(&mut self, key: &str, number: i64) {
        self.key(key);
        self.raw(&number.to_string());
    }

    fn double(&mut self, key: &str, number: Option<f64>) {
        if let Some(number) = number {
            self.key(key);
            self.raw(&double(number));
        }
    }

    /// A flag that is there only when it is up.
    fn flag(&mut self, key: &str, flag: bool) {
        if flag {
            self.either(key, true);
        }
    }

    fn either(&mut self, key: &str, flag: bool) {
        self.key(key);
        self.raw(if flag { "true" } else { "false" });
    }

    fn list<T>(&mut self, key: &str, items: &[T], write: fn(&mut Self, &T)) {
        self.key(key);
        self.begin('[');
        for item in items {
            write(self, item);
        }
        self.end(']');
    }

    fn texts(&mut self, key: &str, items: &[String]) {
        self.list(key, items, |out, item| out.raw(&quoted(item)));
    }

    fn documentation(&mut self, description: Option<&String>, deprecated: Option<&String>) {
        self.maybe_text("description", description);
        self.maybe_text("deprecated", deprecated);
    }

    fn maybe_type(&mut self, key: &str, ty: Option<&Type>) {
        if let Some(ty) = ty {
            self.key(key);
            self.ty(ty);
        }
    }

    fn named_type(&mut self, named: &NamedType) {
        self.begin('{');
        self.text("name", &named.name);
        self.documentation(named.description.as_ref(), named.deprecated.as_ref());
        self.maybe_type("type", Some(&named.ty));
        self.end('}');
    }

    fn publishers(&mut self, key: &str, publishers: crate::Publishers) {
        self.key(key);
        self.begin('{');
        self.either("server", publishers.server);
        self.either("client", publishers.client);
        self.end('}');
    }

    fn event(&mut self, event: &Event) {
        self.begin('{');
        self.text("name", &event.name);
        self.documentation(event.description.as_ref(), event.deprecated.as_ref());
        self.publishers("publish", event.publish);
        self.flag("transient", event.transient);
        self.flag("latest", event.latest);
        self.maybe_type("payload", event.payload.as_ref());
        self.end('}');
    }

    fn channel(&mut self, channel: &Channel) {
        self.begin('{');
        self.text("pattern", &channel.pattern);
        self.documentation(channel.description.as_ref(), channel.deprecated.as_ref());
        if !channel.params.is_empty() {
            self.list("params", &channel.params, Self::field);
        }
        match channel.history {
            None => {}
            Some(History::Off) => self.text("history", "off"),
            Some(History::Keep { max, ttl }) => {
                self.key("history");
                self.raw(&format!("{{\"keep\":{{\"max\":{max},\"ttl\":{ttl}}}}}"));
            }
        }
        self.flag("latest", channel.latest);
        self.maybe_text("presence", channel.presence.as_ref());
        self.key("carries");
        self.begin('{');
        match &channel.carries {
            Carries::Events(names) => self.texts("events", names),
            Carries::Unnamed(event) => {
                self.key("unnamed");
                self.event(event);
            }
        }
        self.end('}');
        self.end('}');
    }

    fn live_query(&mut self, query: &LiveQuery) {
        self.begin('{');
        self.text("name", &query.name);
        self.maybe_text("description", query.description.as_ref());
        self.text("channel", &query.channel);
        self.maybe_type("params", query.params.as_ref());
        self.maybe_type("result", Some(&query.result));
        self.end('}');
    }

    fn call(&mut self, call: &Call) {
        self.begin('{');
        self.text("name", &call.name);
        self.maybe_text("description", call.description.as_ref());
        self.publishers("from", call.from);
        self.maybe_type("request", call.request.as_ref());
        self.maybe_type("reply", call.reply.as_ref());
        self.end('}');
    }

    fn field(&mut self, field: &Field) {
        self.begin('{');
        self.text("name", &field.name);
        self.documentation(field.description.as_ref(), field.deprecated.as_ref());
        self.flag("optional", field.optional);
        if let Some(default) = &field.default {
            self.key("default");
            self.raw(&default.to_string());
        }
        self.maybe_type("type", Some(&field.ty));
        self.end('}');
    }

    fn object(&mut self, object: &Object) {
        self.list("fields", &object.fields, Self::field);
        self.flag("closed", object.closed);
    }

    fn enum_value(&mut self, value: &EnumValue) {
        self.begin('{');
        self.text("value", &value.value);
        self.maybe_text("description", value.description.as_ref());
        self.end('}');
    }

    fn variant(&mut self, variant: &crate::Variant) {
        self.begin('{');
        self.text("value", &variant.value);
        self.documentation(variant.description.as_ref(), variant.deprecated.as_ref());
        self.object(&variant.object);
        self.end('}');
    }

    fn ty(&mut self, ty: &Type) {
        self.begin('{');
        match ty {
            Type::String { min_length, max_length, pattern, format } => {
                self.text("kind", "string");
                self.count("minLength", *min_length);
                self.count("maxLength", *max_length);
                self.maybe_text("pattern", pattern.as_ref());
                self.format(*format);
            }
            Type::DateTime => self.text("kind", "dateTime"),
            Type::Uuid => self.text("kind", "uuid"),
            Type::Int64 { signed } => {
                self.text("kind", "int64");
                self.either("signed", *signed);
            }
            Type::Integer { min, max, multiple_of } => {
                self.text("kind", "integer");
                self.whole("min", *min);
                self.whole("max", *max);
                self.double("multipleOf", *multiple_of);
            }
            Type::Number { min, max, exclusive_min, exclusive_max, multiple_of } => {
                self.text("kind", "number");
                self.double("min", *min);
                self.double("max", *max);
                self.double("exclusiveMin", *exclusive_min);
                self.double("exclusiveMax", *exclusive_max);
                self.double("multipleOf", *multiple_of);
            }
            Type::Boolean => self.text("kind", "boolean"),
            Type::Any => self.text("kind", "any"),
            Type::Json { schema } => {
                self.text("kind", "json");
                self.key("schema");
                self.schema(schema);
            }
            Type::Enum { values, open } => {
                self.text("kind", "enum");
                self.list("values", values, Self::enum_value);
                self.flag("open", *open);
            }
            Type::Object(object) => {
                self.text("kind", "object");
                self.object(object);
            }
            Type::Union { tag, variants, open } => {
                self.text("kind", "union");
                self.text("tag", tag);
                self.list("variants", variants, Self::variant);
                self.flag("open", *open);
            }
            Type::Choice { of } => {
                self.text("kind", "choice");
                self.list("of", of, Self::ty);
            }
            Type::List { items, min_items, max_items, unique } => {
                self.text("kind", "list");
                self.maybe_type("items", Some(items));
                self.count("minItems", *min_items);
                self.count("maxItems", *max_items);
                self.flag("unique", *unique);
            }
            Type::Tuple { items } => {
                self.text("kind", "tuple");
                self.list("items", items, Self::ty);
            }
            Type::Map { values, keys, min_entries, max_entries } => {
                self.text("kind", "map");
                self.maybe_type("values", Some(values));
                self.maybe_text("keys", keys.as_ref());
                self.count("minEntries", *min_entries);
                self.count("maxEntries", *max_entries);
            }
            Type::Ref { name } => {
                self.text("kind", "ref");
                self.text("name", name);
            }
            Type::Nullable { of } => {
                self.text("kind", "nullable");
                self.maybe_type("of", Some(of));
            }
        }
        self.end('}');
    }

    fn schema(&mut self, schema: &JsonSchema) {
        match schema {
            JsonSchema::Always(always) => self.raw(if *always { "true" } else { "false" }),
            JsonSchema::Rules(rules) => {
                self.begin('{');
                self.rules(rules);
                self.end('}');
            }
        }
    }

    fn rules(&mut self, rules: &Rules) {
        if let Some(name) = &rules.reference {
            self.text("$ref", &format!("#/types/{name}"));
        }
        if let Some(types) = &rules.types {
            self.list("type", types, |out, ty| out.raw(&quoted(ty.name())));
        }
        if let Some(values) = &rules.values {
            self.list("enum", values, |out, value| out.raw(&value.to_string()));
        }
        self.count("minLength", rules.min_length);
        self.count("maxLength", rules.max_length);
        self.maybe_text("pattern", rules.pattern.as_ref());
        self.format(rules.format);
        self.double("minimum", rules.minimum);
        self.double("maximum", rules.maximum);
        self.double("exclusiveMinimum", rules.exclusive_minimum);
        self.double("exclusiveMaximum", rules.exclusive_maximum);
        self.double("multipleOf", rules.multiple_of);
        self.schemas("prefixItems", &rules.prefix_items);
        self.maybe_schema("items", rules.items.as_ref());
        self.count("minItems", rules.min_items);
        self.count("maxItems", rules.max_items);
        self.flag("uniqueItems", rules.unique_items);
        self.schemas_by_name("properties", &rules.properties);
        if !rules.required.is_empty() {
            self.texts("required", &rules.required);
        }
        self.schemas_by_name("patternProperties", &rules.pattern_properties);
        self.maybe_schema("additionalProperties", rules.additional_properties.as_ref());
        self.count("minProperties", rules.min_properties);
        self.count("maxProperties", rules.max_properties);
        self.schemas("allOf", &rules.all_of);
        self.schemas("anyOf", &rules.any_of);
        self.schemas("oneOf", &rules.one_of);
    }

    fn maybe_schema(&mut self, key: &str, schema: Option<&JsonSchema>) {
        if let Some(schema) = schema {
            self.key(key);
            self.schema(schema);
        }
    }

    fn schemas(&mut self, key: &str, schemas: &[JsonSchema]) {
        if !schemas.is_empty() {
            self.list(key, schemas, Self::schema);
        }
    }

    fn schemas_by_name(&mut self, key: &str, schemas: &std::collections::BTreeMap<String, JsonSchema>) {
        if schemas.is_empty() {
            return;
        }
        self.key(key);
        self.begin('{');
        for (name, schema) in schemas {
            self.key(name);
            self.schema(schema);
        }
        self.end('}');
    }
}
