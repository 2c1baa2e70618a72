//! Orders and flow replies as rows of label and value.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::content::Content;

use super::content::text_of;
use super::wire::{Nodes, lenient, node, text};

#[derive(Deserialize)]
struct Order {
    #[serde(default, deserialize_with = "text")]
    catalog_id: String,
    #[serde(default, deserialize_with = "text")]
    text: String,
    #[serde(default, deserialize_with = "lenient")]
    product_items: Vec<Position>,
}

#[derive(Deserialize)]
struct Position {
    #[serde(default, deserialize_with = "text")]
    product_retailer_id: String,
    #[serde(default, deserialize_with = "text")]
    quantity: String,
    #[serde(default, deserialize_with = "text")]
    item_price: String,
    #[serde(default, deserialize_with = "text")]
    currency: String,
}

/// An order: one row per position with its sum, then the total of each currency, then the customer's remark.
pub(super) fn order(nodes: &Nodes<'_>) -> Result<Content, String> {
    let order: Order = node(nodes, "order")?;
    if order.product_items.is_empty() {
        return Err("The order has no positions.".to_owned());
    }
    let mut totals: BTreeMap<&str, i128> = BTreeMap::new();
    let mut rows = Vec::with_capacity(order.product_items.len() + 3);
    for position in &order.product_items {
        let product = position.product_retailer_id.clone();
        let (Some(quantity), Some(price)) = (position.quantity.parse::<i64>().ok(), milli(&position.item_price)) else {
            let value = format!("{} × {} {}", position.quantity, position.item_price, position.currency);
            rows.push((product, value.trim().to_owned()));
            continue;
        };
        let sum = price.saturating_mul(i128::from(quantity));
        let total = totals.entry(&position.currency).or_default();
        *total = total.saturating_add(sum);
        let (price, sum) = (money(price, &position.currency), money(sum, &position.currency));
        rows.push((product, if quantity == 1 { sum } else { format!("{quantity} × {price} = {sum}") }));
    }
    for (currency, total) in totals {
        rows.push(("Total".to_owned(), money(total, currency)));
    }
    if !order.text.is_empty() {
        rows.push(("Remark".to_owned(), order.text));
    }
    if !order.catalog_id.is_empty() {
        rows.push(("Catalog".to_owned(), order.catalog_id));
    }
    Ok(Content::Form { title: "Order".to_owned(), rows })
}

/// Thousandths of a unit: enough for every currency, and sums stay exact.
fn milli(price: &str) -> Option<i128> {
    let price: f64 = price.parse().ok()?;
    (price.is_finite() && price.abs() < 1e15).then(|| (price * 1000.0).round() as i128)
}

fn money(milli: i128, currency: &str) -> String {
    let (sign, units, rest) = (if milli < 0 { "-" } else { "" }, milli.abs() / 1000, milli.abs() % 1000);
    let cents = if rest % 10 == 0 { format!("{:02}", rest / 10) } else { format!("{rest:03}") };
    format!("{sign}{units}.{cents} {currency}").trim_end().to_owned()
}

/// A filled flow. Nested values are flattened to labels like `address › city`; the token that only serves Meta is left out.
pub(super) fn flow(interactive: &Nodes<'_>) -> Result<Content, String> {
    let fields: Nodes<'_> = node(interactive, "nfm_reply")?;
    let Some(raw) = fields.get("response_json") else { return Err("The form has no answers.".to_owned()) };
    let inner = match serde_json::from_str(raw.get()) {
        Ok(Value::String(text)) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Ok(value) => value,
        Err(_) => return Err("The answers of the form are not readable.".to_owned()),
    };
    let mut rows = Vec::new();
    match inner {
        Value::Object(answers) => {
            for (label, answer) in answers.iter().filter(|(label, _)| *label != "flow_token") {
                flatten(label.replace('\0', ""), answer, &mut rows);
            }
        }
        other => flatten("Answer".to_owned(), &other, &mut rows),
    }
    let body = text_of(&fields, "body");
    if rows.is_empty() && !body.is_empty() {
        rows.push(("Answer".to_owned(), body));
    }
    Ok(Content::Form { title: "Form".to_owned(), rows })
}

fn flatten(label: String, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                flatten(format!("{label} › {}", name.replace('\0', "")), value, rows);
            }
        }
        Value::Array(values) if values.iter().all(|value| !value.is_object() && !value.is_array()) => {
            let all: Vec<String> = values.iter().filter_map(plain).collect();
            rows.push((label, all.join(", ")));
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                flatten(format!("{label} {}", index + 1), value, rows);
            }
        }
        scalar => rows.extend(plain(scalar).map(|text| (label, text))),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.replace('\0', "")),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
