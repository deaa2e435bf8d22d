//! Compiles `proto/` with protox, so that no system `protoc` is needed.

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());

    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();

    let mut compiler = protox::Compiler::new([&root])?;
    // Imports are for reflection, source info carries the comments into the docs.
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(&files)?;

    #[expect(
        clippy::disallowed_methods,
        reason = "cargo speaks to build scripts by variables"
    )]
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(
        out.join("descriptor.bin"),
        compiler.encode_file_descriptor_set(),
    )?;

    let mut config = prost_build::Config::new();
    config.enable_type_names();
    config.bytes(["."]);
    // Payloads can carry personal data; the services that own a message decide what may be printed.
    config.skip_debug([
        "moa.channel_proxy.v1.Contact",
        "moa.channel_proxy.v1.ClaimContact",
        "moa.channel_proxy.v1.ChannelInquiry",
        "moa.channel_proxy.v1.InquiryMessage",
        "moa.channel_proxy.v1.InquiryAnswer",
        "moa.channel_proxy.v1.CoupangCredentials",
        "moa.order_sync.v1.OrderContact",
        "moa.order_sync.v1.FindOrdersByPersonRequest",
        "moa.order_sync.v1.InquiryThread",
        "moa.order_sync.v1.InquiryThreadMessage",
        "moa.order_sync.v1.ListedInquiry",
        "moa.notification.v1.SolapiCredentials",
        "moa.notification.v1.SlackCredentials",
        "moa.checkout.v1.RegisterCustomerRequest",
        "moa.checkout.v1.LogInRequest",
        "moa.checkout.v1.CustomerSession",
        "moa.checkout.v1.GetSessionRequest",
        "moa.checkout.v1.LogOutRequest",
        "moa.fulfillment.v1.AnswerInquiryRequest",
        "moa.fulfillment.v1.GetActivationLinkResponse",
        "moa.fulfillment.v1.PreviewActivationRequest",
        "moa.fulfillment.v1.RedeemActivationRequest",
        "moa.fulfillment.v1.RedeemActivationResponse",
    ]);
    tonic_prost_build::configure()
        .build_transport(false)
        .include_file("moa_protos.rs")
        .compile_fds_with_config(compiler.file_descriptor_set(), config)?;
    Ok(())
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ext| ext == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
