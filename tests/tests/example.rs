//! The example and the guide that builds it step by step are the same app.

#![expect(clippy::unwrap_used, reason = "tests fail at once, saying what was expected")]

use soleira_testkit::requirement::checkout;

/// The blocks of one language, in order.
fn blocks<'a>(guide: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    guide
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("\n```").next().unwrap())
        .collect()
}

#[test]
fn the_blocks_of_the_guide_are_the_app() {
    let example = checkout().join("examples/flask-huggingface");
    let read = |name: &str| std::fs::read_to_string(example.join(name)).unwrap();
    let guide = read("guide.md");
    assert_eq!(blocks(&guide, "python").join("\n\n\n"), read("app.py").trim_end());

    let shell = blocks(&guide, "sh").join("\n");
    for line in read("requirements.txt").lines() {
        let name = line.split("==").next().unwrap();
        assert!(shell.contains(name), "{name} is installed by the guide too");
    }
    for variable in ["AUTH_ENDPOINT", "AUTH_APP_ID", "AUTH_APP_SECRET", "FLASK_SECRET_KEY"] {
        assert!(shell.contains(&format!("export {variable}=")) && read("README.md").contains(variable));
    }
}
