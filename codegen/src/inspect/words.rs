//! The output's own words. The English ones are the keys.

/// A word in simplified Chinese; `None` for one that is not in the table, which is our own bug and found by tests.
pub(super) fn chinese(english: &str) -> Option<&'static str> {
    WORDS.iter().find(|(key, _)| *key == english).map(|(_, chinese)| *chinese)
}

const WORDS: &[(&str, &str)] = &[
    ("A request of its own checks credentials", "校验凭证时使用单独的请求"),
    ("Actions answered by the plugin itself", "由插件直接应答的动作"),
    ("Add model", "添加模型"),
    ("Adds", "添加"),
    ("Adds nothing to a request.", "不向请求添加任何内容。"),
    ("And Dify is told", "Dify 得到"),
    (
        "As Dify asks for it. Model type, authentication and choices show and hide what depends on them.",
        "与 Dify 中的表单一致：模型类型、鉴权方式与各项选择决定显示哪些表单项。",
    ),
    ("Authentication", "鉴权"),
    ("Created", "创建时间"),
    ("Credential form", "凭证表单"),
    ("Default", "默认值"),
    ("Dify asks", "Dify 请求"),
    ("Endpoint", "服务地址"),
    ("Every request", "每个请求"),
    ("Example", "示例"),
    ("Examples", "示例"),
    ("Features", "特性"),
    ("Help", "帮助"),
    ("Help, which Dify does not show", "帮助（Dify 不显示）"),
    ("Hidden settings", "隐藏设置"),
    ("How it signs", "签名方式"),
    ("Memory", "内存"),
    ("Model Type", "模型类型"),
    ("Model name", "模型名称"),
    ("Model types", "模型类型"),
    ("Name", "名称"),
    ("Offered when", "提供条件"),
    ("Options", "可选值"),
    ("Parameter", "参数"),
    ("Parameters", "参数"),
    ("Placeholder", "占位提示"),
    ("Plugin", "插件"),
    ("Protocols", "协议"),
    ("Read from the answer", "从应答中读取"),
    ("Request", "请求"),
    ("Retried without, if refused", "被拒绝时去掉后重试"),
    ("Sent for the example", "示例发送"),
    ("Serves", "用于"),
    (
        "Settings without a form field. They are read from the JSON object in",
        "没有表单项的设置，从以下 JSON 对象中读取：",
    ),
    ("Shown when", "显示条件"),
    ("Tags", "标签"),
    ("Template", "模板"),
    (
        "The request in the words of its spec; what begins with $ is a reference.",
        "请求以规范原文表示；以 $ 开头的是引用。",
    ),
    ("This comes back", "收到应答"),
    ("This is sent", "发送内容"),
    ("Type", "类型"),
    ("Upstream model", "上游模型"),
    ("Value", "值"),
    ("Values", "取值"),
    ("Variable", "变量"),
    ("When", "条件"),
    ("With", "其中"),
    ("Without it requests go out unauthenticated", "未填写时请求不带鉴权"),
    ("a base without a version part gets /v1", "不含版本段的地址自动补 /v1"),
    ("advanced name", "在 advanced 中的名称"),
    ("any other", "其他任意值"),
    ("default", "默认"),
    ("entries are shown", "个表单项已显示"),
    ("hidden", "隐藏"),
    ("nothing to choose", "无需选择"),
    ("required", "必填"),
    ("taken as given", "按原样使用"),
    ("without the endpoint's version part", "不含服务地址的版本段"),
];

#[cfg(test)]
mod tests {
    use super::WORDS;

    #[test]
    fn every_word_stands_once() {
        for (position, (english, _)) in WORDS.iter().enumerate() {
            assert!(WORDS[..position].iter().all(|(other, _)| other != english), "{english}");
        }
    }
}
