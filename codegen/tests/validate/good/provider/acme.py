from dify_plugin import ModelProvider
