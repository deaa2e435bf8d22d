//! A page for people: what was bought and what was sent, with the links in it.

use std::fmt::Write;

use axum::extract::State;
use axum::response::Html;

use crate::shared::Shared;

const ROWS: usize = 50;

const HEAD: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Moa sandbox</title>\
<meta http-equiv=\"refresh\" content=\"5\"><style>body{font:14px/1.5 system-ui,sans-serif;margin:2rem;max-width:75rem}\
table{border-collapse:collapse;width:100%;margin-bottom:2rem}td,th{border-bottom:1px solid #ddd;padding:.3rem .6rem;\
text-align:left;vertical-align:top}code{background:#f3f3f3;padding:0 .2rem}</style>\
<h1>Moa sandbox</h1><p>Plays the outside world. <a href=\"/control/verdict\">verdict</a> · \
<a href=\"/control/ledger\">ledger</a> · <a href=\"/control/accounts\">accounts</a> · \
<a href=\"/control/faults\">faults</a> · <a href=\"/control/rate\">rules</a></p>";

/// `GET /`.
pub async fn show(State(shared): State<Shared>) -> Html<String> {
    let store = shared.store();
    let world = &store.world;
    let mut page = HEAD.to_owned();
    page.push_str("<h2>Orders</h2><table><tr><th>Order<th>Receiver<th>Parcel<th>Status<th>Goods<th>Tracking</tr>");
    for order in world.latest_orders(ROWS) {
        for parcel in order.parcel_ids.iter().filter_map(|id| world.parcel(*id)) {
            let listings = world
                .account(parcel.account)
                .map(|account| &account.listings);
            let goods: Vec<String> = parcel
                .lines
                .iter()
                .filter_map(|line| {
                    let listing = listings?.get(line.listing)?;
                    Some(format!(
                        "{} {} × {}",
                        listing.product_name, listing.item_name, line.quantity
                    ))
                })
                .collect();
            let tracking = parcel.tracking.as_ref();
            let tracking =
                tracking.map(|tracking| format!("{} {}", tracking.carrier, tracking.number));
            let id = order.id;
            row(
                &mut page,
                &format!("<a href=\"/control/orders/coupang/{id}\">{id}</a>"),
                &[
                    &order.receiver.name,
                    &parcel.id.to_string(),
                    parcel.status.as_str(),
                    &goods.join(", "),
                    &tracking.unwrap_or_default(),
                ],
            );
        }
    }
    page.push_str("</table><h2>SmartStore</h2><table><tr><th>Order<th>Receiver<th>Product order<th>Status<th>Goods<th>Tracking</tr>");
    for (id, cells) in super::smartstore::rows(world, ROWS) {
        let link = format!("<a href=\"/control/orders/smartstore/{id}\">{id}</a>");
        row(&mut page, &link, &cells.each_ref().map(String::as_str));
    }
    page.push_str("</table><h2>Messages</h2><table><tr><th>Id<th>To<th>Kind<th>Text</tr>");
    for message in world.messages(None, None).take(ROWS) {
        let text = with_links(&message.text);
        let _ = write!(
            page,
            "<tr><td><code>{}</code><td>{}<td>{}<td>{text}</tr>",
            escape(&message.id),
            escape(&message.to),
            message.kind.as_str()
        );
    }
    page.push_str("</table></html>");
    Html(page)
}

/// A table row: the first cell is HTML, the others are text.
fn row(page: &mut String, first: &str, others: &[&str]) {
    let _ = write!(page, "<tr><td>{first}");
    for cell in others {
        let _ = write!(page, "<td>{}", escape(cell));
    }
    page.push_str("</tr>");
}

/// Text as HTML, its addresses as links.
fn with_links(text: &str) -> String {
    let mut html = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let address = word.trim_end();
        if address.starts_with("http://") || address.starts_with("https://") {
            let escaped = escape(address);
            let _ = write!(
                html,
                "<a href=\"{escaped}\" rel=\"noreferrer\">{escaped}</a> "
            );
        } else {
            html.push_str(&escape(word).replace('\n', "<br>"));
        }
    }
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_become_markup() {
        assert_eq!(with_links("<b>&"), "&lt;b&gt;&amp;");
        assert_eq!(
            with_links("가기 https://a.example/#\"x"),
            "가기 <a href=\"https://a.example/#&quot;x\" rel=\"noreferrer\">https://a.example/#&quot;x</a> "
        );
    }
}
