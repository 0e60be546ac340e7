from dify_plugin import ModelProvider


class Reference(ModelProvider):
    def validate_provider_credentials(self, credentials):
        pass
