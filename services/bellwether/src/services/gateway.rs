//! The gateway, with uploads published the way `scan submit` does.

use super::{Options, announce, submit};
use crate::registry;
use anyhow::Result;
use bellwether_gateway::{GatewayOptions, Submit, bind};
use bellwether_harness::{beacon::Beacon, service::Context};
use bellwether_schemas::ops::ServiceStatus;
use std::sync::Arc;

/// Its name.
pub(crate) const NAME: &str = "gateway";

/// Serves what the workers found until shut down.
///
/// # Errors
/// When the address is taken.
pub(crate) async fn run(context: Context, options: Options) -> Result<()> {
    let bound = bind(options.listen)?;
    let _announced = announce(&context, NAME, Some(bound.address)).await?;
    let beacon = Beacon::light(&context, NAME, ServiceStatus::default);
    let bus = context.bus.clone();
    let submit: Submit = Arc::new(move |upload| {
        let bus = bus.clone();
        Box::pin(async move { submit::submit(&bus, upload).await })
    });
    let gateway = GatewayOptions { web: options.web, ..GatewayOptions::new(options.listen) };
    let workers = registry::workers();
    let served = bellwether_gateway::serve(bound, gateway, context.bus, &workers, Some(submit), context.shutdown).await;
    beacon.stop().await;
    served
}
