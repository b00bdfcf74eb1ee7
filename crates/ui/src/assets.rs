//! Styles, scripts and images as the browser gets them: bundled, named by their content, compressed once.

use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::Write;
use std::sync::{LazyLock, OnceLock};

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// Which files make which asset. A script file is wrapped in a block of its own, so that no name meets another's.
const BUNDLES: &[(&str, &[&str])] = &[
    (
        "experience.css",
        &["styles/tokens.css", "styles/components.css", "styles/experience.css"],
    ),
    (
        "console.css",
        &["styles/tokens.css", "styles/components.css", "styles/console.css"],
    ),
    (
        "experience.js",
        &["scripts/forms.js", "scripts/reveal.js", "scripts/focus-error.js"],
    ),
    (
        "console.js",
        &[
            "scripts/forms.js",
            "scripts/reveal.js",
            "scripts/focus-error.js",
            "scripts/copy.js",
            "scripts/times.js",
            "scripts/rows.js",
            "scripts/unsaved.js",
            "scripts/theme.js",
            "scripts/confirm.js",
            "scripts/filter.js",
            "scripts/preview.js",
            "scripts/poll.js",
        ],
    ),
    ("favicon.svg", &["favicon.svg"]),
];

/// The gzip level: assets are compressed once per process.
const COMPRESSION: u32 = 9;

static ASSETS: LazyLock<Vec<Asset>> =
    LazyLock::new(|| BUNDLES.iter().map(|(name, files)| Asset::bundle(name, files)).collect());

static BY_PATH: LazyLock<HashMap<&'static str, &'static Asset>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| (asset.path.as_str(), asset)).collect());

/// A file of the pages, as it is served.
#[derive(Debug)]
pub struct Asset {
    name: &'static str,
    path: String,
    bytes: Vec<u8>,
    gzip: OnceLock<Vec<u8>>,
    content_type: &'static str,
    etag: String,
}

impl Asset {
    fn bundle(name: &'static str, files: &[&str]) -> Self {
        let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
        let script = extension == "js";
        let mut bytes = Vec::new();
        for file in files {
            // A test opens every file of every bundle.
            let Some(file) = Files::get(file) else { continue };
            if script {
                bytes.extend_from_slice(b"{\n");
            }
            bytes.extend_from_slice(&file.data);
            if script {
                bytes.extend_from_slice(b"}\n");
            }
        }
        let mut hash = hex::encode(Sha256::digest(&bytes));
        hash.truncate(16);
        let content_type = match extension {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "application/octet-stream",
        };
        Self {
            name,
            path: format!("{stem}.{hash}.{extension}"),
            bytes,
            gzip: OnceLock::new(),
            content_type,
            etag: format!("\"{hash}\""),
        }
    }

    /// Its path below `/assets/`: the name with a hash of the content, so that it may be cached for ever.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its content, compressed with gzip (on first use, then kept).
    pub fn gzip(&self) -> &[u8] {
        self.gzip.get_or_init(|| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(COMPRESSION));
            // Writing into memory does not fail; an empty variant would only be served as it is.
            encoder
                .write_all(&self.bytes)
                .and_then(|()| encoder.finish())
                .unwrap_or_default()
        })
    }

    /// Its media type.
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// Its entity tag, with the quotes.
    pub fn etag(&self) -> &str {
        &self.etag
    }
}

/// The asset served at `/assets/<path>`; `None` for whatever is not exactly the present name of one.
pub fn asset(path: &str) -> Option<&'static Asset> {
    BY_PATH.get(path).copied()
}

/// The address of the asset that templates call `name` (`experience.css`): `/assets/experience.<hash>.css`.
pub fn asset_url(name: &str) -> Option<String> {
    ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .map(|asset| format!("/assets/{}", asset.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn every_file_of_every_bundle_exists_and_every_file_is_in_a_bundle() {
        let bundled: Vec<&str> = BUNDLES.iter().flat_map(|(_, files)| files.iter().copied()).collect();
        for file in &bundled {
            assert!(Files::get(file).is_some(), "{file} is missing");
        }
        for file in Files::iter() {
            assert!(bundled.contains(&file.as_ref()), "{file} is in no bundle");
        }
    }

    #[test]
    fn an_asset_is_found_by_its_hashed_name_only() {
        let url = asset_url("experience.css").unwrap();
        let found = asset(url.strip_prefix("/assets/").unwrap()).unwrap();
        assert_eq!(found.content_type(), "text/css; charset=utf-8");
        assert!(url.contains(found.etag().trim_matches('"')));
        assert!(asset("experience.css").is_none());
        assert!(asset("../Cargo.toml").is_none());
        assert!(asset_url("nothing.css").is_none());
    }

    #[test]
    fn the_compressed_variant_holds_the_same_content() {
        for asset in ASSETS.iter() {
            let mut content = Vec::new();
            GzDecoder::new(asset.gzip()).read_to_end(&mut content).unwrap();
            assert_eq!(content, asset.bytes(), "{}", asset.path());
        }
    }
}
