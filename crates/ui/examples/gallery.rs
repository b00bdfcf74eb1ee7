//! Writes every page, filled in with samples, as HTML files with their assets: `cargo run -p soleira-ui --example
//! gallery -- <directory>`. Each page stands there in each language, light and dark.

use soleira_phrases::Language;
use soleira_ui::{Brand, Look, Renderer, Theme, samples};
use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::args().nth(1).ok_or("usage: gallery <directory> [#colour]")?;
    let brand = env::args().nth(2).and_then(|colour| Brand::new(&colour, None));
    let out = Path::new(&out);
    fs::create_dir_all(out.join("assets"))?;
    let renderer = Renderer::new();
    for language in Language::BUILT_IN {
        for theme in [Theme::Light, Theme::Dark] {
            for sample in samples::all(*language) {
                let look = Look {
                    theme,
                    brand: brand.clone(),
                    custom_css: None,
                };
                let html = renderer.render(sample.template, &sample.page, &sample.context(*language, look))?;
                // Opened from disk, pages find their assets beside them.
                let html = html.replace("=\"/assets/", "=\"assets/");
                fs::write(
                    out.join(format!("{}.{language}.{}.html", sample.name, theme.as_str())),
                    html,
                )?;
            }
        }
    }
    for name in [
        "experience.css",
        "experience.js",
        "console.css",
        "console.js",
        "favicon.svg",
    ] {
        let url = soleira_ui::asset_url(name).ok_or("no such asset")?;
        let path = url.trim_start_matches("/assets/");
        let asset = soleira_ui::asset(path).ok_or("no such asset")?;
        fs::write(out.join("assets").join(path), asset.bytes())?;
    }
    Ok(())
}
