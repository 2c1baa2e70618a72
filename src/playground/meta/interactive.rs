//! The rules of outgoing `interactive` messages.

use super::fields::Fields;
use super::graph_error::GraphError;
use super::validate::media;

/// Checks the `interactive` node.
pub(super) fn check(node: Fields<'_>) -> Result<(), GraphError> {
    let kind = node
        .one_of("type", &["button", "list", "cta_url", "flow", "location_request_message", "request_contact_info"])?;
    let node = node.only(&["type", "header", "body", "footer", "action"])?;
    let body = node.object("body")?.only(&["text"])?;
    body.text("text", if kind == "list" { 4096 } else { 1024 })?;
    if let Some(footer) = node.object_if("footer")? {
        footer.only(&["text"])?.text("text", 60)?;
    }
    if let Some(header) = node.object_if("header")? {
        check_header(header, kind)?;
    }
    let action = node.object("action")?;
    match kind {
        "button" => buttons(action),
        "list" => list(action),
        "cta_url" => {
            let action = action.only(&["name", "parameters"])?;
            action.one_of("name", &["cta_url"])?;
            let parameters = action.object("parameters")?.only(&["display_text", "url"])?;
            parameters.text("display_text", 20)?;
            parameters.text("url", 2000).map(drop)
        }
        "location_request_message" => action.only(&["name"])?.one_of("name", &["send_location"]).map(drop),
        "request_contact_info" => action.only(&["name"])?.one_of("name", &["request_contact_info"]).map(drop),
        _ => {
            let action = action.only(&["name", "parameters"])?;
            action.one_of("name", &["flow"])?;
            let parameters = action.object("parameters")?;
            parameters.text("flow_cta", 30)?;
            if parameters.has("flow_id") == parameters.has("flow_name") {
                return Err(GraphError::broken(131_008, "One of flow_id and flow_name is required."));
            }
            Ok(())
        }
    }
}

fn check_header(header: Fields<'_>, interactive: &str) -> Result<(), GraphError> {
    let kinds: &[&str] = if interactive == "list" { &["text"] } else { &["text", "image", "video", "document"] };
    let kind = header.one_of("type", kinds)?;
    let header = header.only(&["type", kind])?;
    match kind {
        "text" => header.text("text", 60).map(drop),
        "document" => media(header.object(kind)?, &["filename"]).map(drop),
        _ => media(header.object(kind)?, &[]).map(drop),
    }
}

fn unique<'a>(seen: &mut Vec<&'a str>, id: &'a str) -> Result<(), GraphError> {
    if seen.contains(&id) {
        return Err(GraphError::broken(131_009, format!("Duplicate id {id} in the interactive message.")));
    }
    seen.push(id);
    Ok(())
}

fn buttons(action: Fields<'_>) -> Result<(), GraphError> {
    let action = action.only(&["buttons"])?;
    let (mut ids, mut titles) = (Vec::new(), Vec::new());
    for button in action.objects("buttons", 3)? {
        let button = button.only(&["type", "reply"])?;
        button.one_of("type", &["reply"])?;
        let reply = button.object("reply")?.only(&["id", "title"])?;
        unique(&mut ids, reply.text("id", 256)?)?;
        unique(&mut titles, reply.text("title", 20)?)?;
    }
    Ok(())
}

fn list(action: Fields<'_>) -> Result<(), GraphError> {
    let action = action.only(&["button", "sections"])?;
    action.text("button", 20)?;
    let sections = action.objects("sections", 10)?;
    let several = sections.len() > 1;
    let mut ids = Vec::new();
    for section in sections {
        let section = section.only(&["title", "rows"])?;
        if several {
            section.text("title", 24)?;
        } else {
            section.text_if("title", 24)?;
        }
        for row in section.objects("rows", 10)? {
            let row = row.only(&["id", "title", "description"])?;
            unique(&mut ids, row.text("id", 200)?)?;
            row.text("title", 24)?;
            row.text_if("description", 72)?;
        }
    }
    if ids.len() > 10 {
        return Err(GraphError::broken(131_009, "A list has at most 10 rows over all sections."));
    }
    Ok(())
}
