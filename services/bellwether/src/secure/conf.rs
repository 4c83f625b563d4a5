//! The broker's configuration: who may do what, as accounts with imports.

use crate::broker::TEMPLATE;
use bellwether_harness::access::{Of, Right, Role};
use bellwether_schemas::names::{self, api};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// Port of the nodes of a cluster among themselves.
const ROUTES: u16 = 6222;

const HEAD: &str = "\
# Written by `bellwether init --secure`, and written anew by every further run. It holds public keys only.
# Each stream is in an account of its own; each service is in one of its own and reaches, subject by subject, what it
# needs. BW_CERT, BW_KEY and BW_CA are the paths of the files beside this one, as BW_NAME and the others below.

";

const TLS: &str = "\
tls {
  cert_file: $BW_CERT
  key_file: $BW_KEY
  ca_file: $BW_CA
  verify: true
  min_version: \"1.3\"
  handshake_first: true
}
";

/// The whole configuration. `keys`: public key of each role.
pub(super) fn text(roles: &[Role], keys: &BTreeMap<&str, String>, nodes: &[String]) -> String {
    let mut text = format!("{HEAD}{TEMPLATE}\n{TLS}\n{}", cluster(nodes));
    text.push_str("accounts {\n");
    for stream in streams(roles) {
        text.push_str(&stream_account(stream, roles));
    }
    for role in roles {
        text.push_str(&service_account(role, roles, keys.get(role.name.as_str()).map_or("", String::as_str)));
    }
    text.push_str("}\n");
    text
}

fn cluster(nodes: &[String]) -> String {
    if nodes.is_empty() {
        return String::new();
    }
    let routes: String = nodes.iter().map(|node| format!("    \"nats-route://{node}:{ROUTES}\"\n")).collect();
    // The same certificates as for clients: the nodes know each other by their authority.
    let tls = TLS.replace("  handshake_first: true\n", "  timeout: 5\n").replace('\n', "\n  ");
    format!(
        "cluster {{\n  name: bellwether\n  listen: \"0.0.0.0:{ROUTES}\"\n  routes: [\n{routes}  ]\n  {}\n}}\n\n",
        tls.trim_end()
    )
}

fn streams(roles: &[Role]) -> BTreeSet<&str> {
    roles.iter().flat_map(|role| &role.rights).map(|right| right.stream.as_str()).collect()
}

fn stream_account(stream: &str, roles: &[Role]) -> String {
    let mut exports: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for role in roles {
        for Right { of, .. } in role.rights.iter().filter(|right| right.stream == stream) {
            exports.entry(exported(stream, of, role)).or_default().push(account(&role.name));
        }
    }
    let mut text = format!("  {} {{\n    jetstream: enabled\n    exports: [\n", holder(stream));
    for (export, accounts) in exports {
        let _ = writeln!(text, "      {{ {export}, accounts: [{}] }}", accounts.join(", "));
    }
    text.push_str("    ]\n  }\n");
    text
}

fn service_account(role: &Role, roles: &[Role], key: &str) -> String {
    let (publish, subscribe) = (quoted(&publish(role)), quoted(&subscribe(role)));
    let answers = if role.says { ", allow_responses: true" } else { "" };
    let mut text = format!("  {} {{\n    users: [{{ nkey: {key}\n", account(&role.name));
    let _ = writeln!(text, "      permissions: {{ publish: {{ allow: [{publish}] }}");
    let _ = writeln!(text, "        subscribe: {{ allow: [{subscribe}] }}{answers} }} }}]");
    if role.tells() {
        let hearing = accounts(roles, |other| other.hears && other.name != role.name);
        let status = names::status_subjects(&role.name);
        let _ = writeln!(text, "    exports: [");
        let _ = writeln!(text, "      {{ stream: \"{status}\", accounts: [{hearing}] }}");
        if role.says {
            let asking = accounts(roles, |role| role.asks);
            let _ =
                writeln!(text, "      {{ service: \"{}\", response: stream, accounts: [{asking}] }}", api::SERVICES);
        }
        let _ = writeln!(text, "    ]");
    }
    text.push_str("    imports: [\n");
    for right in &role.rights {
        let _ = writeln!(text, "      {}", imported(right, role));
    }
    for other in roles.iter().filter(|other| role.hears && other.tells() && other.name != role.name) {
        let from = account(&other.name);
        if role.asks && other.says {
            let _ = writeln!(text, "      {{ service: {{ account: {from}, subject: \"{}\" }} }}", api::SERVICES);
        }
        let status = names::status_subjects(&other.name);
        let _ = writeln!(text, "      {{ stream: {{ account: {from}, subject: \"{status}\" }} }}");
    }
    text.push_str("    ]\n  }\n");
    text
}

fn exported(stream: &str, of: &Of, role: &Role) -> String {
    match of {
        Of::Put(subjects) => format!("service: \"{subjects}\""),
        Of::Call(call) => format!("service: \"{}.{call}\"", api::PREFIX),
        Of::Flow => format!("service: \"{}\"", api::flow_control(stream)),
        Of::Deliveries => format!("stream: \"{}\"", names::deliver_subjects(&role.name)),
    }
}

fn imported(Right { stream, of }: &Right, role: &Role) -> String {
    let from = holder(stream);
    let service = |subject: &str| format!("{{ service: {{ account: {from}, subject: \"{subject}\" }} }}");
    match of {
        Of::Put(subjects) => service(subjects),
        Of::Flow => service(&api::flow_control(stream)),
        Of::Call(call) => format!(
            "{{ service: {{ account: {from}, subject: \"{}.{call}\" }}, to: \"{}.{call}\" }}",
            api::PREFIX,
            api::IMPORTED
        ),
        Of::Deliveries => {
            format!("{{ stream: {{ account: {from}, subject: \"{}\" }} }}", names::deliver_subjects(&role.name))
        }
    }
}

fn publish(role: &Role) -> BTreeSet<String> {
    let mut allowed: BTreeSet<_> = role
        .rights
        .iter()
        .filter_map(|Right { stream, of }| match of {
            Of::Put(subjects) => Some(subjects.clone()),
            Of::Call(call) => Some(format!("{}.{call}", api::IMPORTED)),
            Of::Flow => Some(api::flow_control(stream)),
            Of::Deliveries => None,
        })
        .collect();
    allowed.extend(role.tells().then(|| names::status_subjects(&role.name)));
    allowed.extend(role.asks.then(|| api::SERVICES.to_owned()));
    allowed
}

fn subscribe(role: &Role) -> BTreeSet<String> {
    let mut allowed = BTreeSet::from([api::INBOXES.to_owned()]);
    let delivered = role.rights.iter().any(|right| right.of == Of::Deliveries);
    allowed.extend(delivered.then(|| names::deliver_subjects(&role.name)));
    allowed.extend(role.says.then(|| api::SERVICES.to_owned()));
    allowed.extend(role.hears.then(|| names::STATUS_SUBJECTS.to_owned()));
    allowed
}

fn quoted(subjects: &BTreeSet<String>) -> String {
    subjects.iter().map(|subject| format!("\"{subject}\"")).collect::<Vec<_>>().join(", ")
}

fn accounts(roles: &[Role], which: impl Fn(&Role) -> bool) -> String {
    roles.iter().filter(|role| which(role)).map(|role| account(&role.name)).collect::<Vec<_>>().join(", ")
}

/// Account that holds a stream.
pub(crate) fn holder(stream: &str) -> String {
    format!("stream_{stream}")
}

/// Account of a service.
fn account(role: &str) -> String {
    format!("service_{role}")
}
